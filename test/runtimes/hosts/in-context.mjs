// Inside a context that somebody else has made: the edge runtime, or the globals of React Native.
import axios from 'axios';
import * as library from 'axios-auth-interceptors';
import { runScenario } from './scenario.mjs';

globalThis.runScenario = (assignment) =>
  runScenario({ axios, library }, JSON.parse(assignment)).then(JSON.stringify);
