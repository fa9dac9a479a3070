// One version of React, on a server and in a page, and the built package.
import axios from 'axios';
import * as library from 'axios-auth-interceptors';
import * as hooks from 'axios-auth-interceptors/react';
import { JSDOM } from 'jsdom';
import * as react from 'react';
import { renderToString } from 'react-dom/server';
import { runChecks } from '../checks';
import { REACT_CHECKS } from '../react-checks';
import { tell } from '../tell';

tell(async () => {
  const { window } = new JSDOM();
  Object.assign(globalThis, { window, document: window.document });
  // Node has one of its own from version 21 on.
  globalThis.navigator ??= window.navigator;
  // It looks for the page when it is loaded.
  const { createRoot, hydrateRoot } = await import('react-dom/client');
  const setting = { axios, library, hooks, react, renderToString, createRoot, hydrateRoot };
  return { version: react.version, checks: { single: await runChecks(REACT_CHECKS, setting) } };
});
