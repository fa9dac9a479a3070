// A page of a browser, or a worker that the page starts; both load this script.
import axios from 'axios';
import * as library from 'axios-auth-interceptors';
import { runScenario } from './scenario.mjs';

async function run() {
  const { data: assignment } = await axios.get('/assignment');
  const report = await runScenario({ axios, library }, assignment);
  await axios.post('/report', report);
}

const isPage = typeof document === 'object';
if (isPage && location.pathname === '/in-worker.html') globalThis.worker = new Worker('/page.js');
else void run();
