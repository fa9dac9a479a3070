// One version of axios with both of its adapters, and the built package.
import axios from 'axios';
import * as library from 'axios-auth-interceptors';
import * as authFetch from 'axios-auth-interceptors/fetch';
import * as oauth2 from 'axios-auth-interceptors/oauth2';
import * as stepUp from 'axios-auth-interceptors/step-up';
import { runScenario } from '../../runtimes/scenario';
import { AXIOS_CHECKS } from '../axios-checks';
import { runChecks } from '../checks';
import { tell } from '../tell';

const packages = { axios, library, authFetch, oauth2, stepUp };

tell(async ({ api, control }) => {
  const found = {};
  for (const adapter of ['http', 'fetch']) {
    const { checks } = await runScenario(packages, { api, control, adapter });
    const own = await runChecks(AXIOS_CHECKS, { ...packages, adapter });
    found[`\`${adapter}\``] = [...checks, ...own];
  }
  return { version: axios.VERSION, checks: found };
});
