import type { Page } from 'playwright-core';
import { startServer, type Handler, type TestServer } from '../support/http-server';

/** What the pages take for granted. */
const BODY =
  '<div id="root"></div>' +
  '<script>var router = { push: (path) => history.pushState(null, "", path) }</script>';

/** Serves the code of a page to a browser, under every path but those below /api. */
export function serveCode(code: () => string, api?: Handler): Promise<TestServer> {
  return startServer((request, response, index) => {
    if (api && request.url.startsWith('/api/')) {
      api(request, response, index);
      return;
    }
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? code() : `<!doctype html>${BODY}<script src="/page.js"></script>`);
  });
}

/**
 * Runs a function in a tab, with what the page there exports.
 *
 * @param work is sent as text: it sees nothing of the test
 */
export type Inside<Exports> = <R>(tab: Page, work: (page: Exports) => Promise<R> | R) => Promise<R>;

export const createInside =
  <Exports>(): Inside<Exports> =>
  (tab, work) =>
    tab.evaluate(`(${String(work)})(page)`);
