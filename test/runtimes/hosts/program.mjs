// Node, Bun and Deno: axios and the package come from node_modules, as the runtime resolves them.
import axios from 'axios';
import * as library from 'axios-auth-interceptors';
import { runScenario } from './scenario.mjs';

const assignment = JSON.parse(process.argv[2]);
const report = await runScenario({ axios, library }, assignment);
await axios.post(`${assignment.control}/report`, report, { adapter: assignment.adapter });
