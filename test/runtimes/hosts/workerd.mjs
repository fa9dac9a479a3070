// A Worker of Cloudflare: runs the scenario while it handles a request, and answers with the report.
import axios from 'axios';
import * as library from 'axios-auth-interceptors';
import { runScenario } from './scenario.mjs';

export default {
  async fetch(request) {
    return Response.json(await runScenario({ axios, library }, await request.json()));
  },
};
