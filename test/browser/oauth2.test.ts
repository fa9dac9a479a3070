import type { Page } from 'playwright-core';
import { json, startServer, type Handler } from '../support/http-server';
import { cleanUp } from '../support/rig';
import { createStage, describeInChromium, type Stage } from './chromium';

jest.setTimeout(120_000);

const CORS = { 'access-control-allow-origin': '*' };
const grant: Handler = (_request, response) => {
  json(response, 200, { access_token: 'next', refresh_token: 'rotated' }, CORS);
};

describeInChromium('oauth2Refresh of an instance that uses XHR', (browser) => {
  let stage: Stage;
  let tab: Page;
  beforeEach(async () => {
    stage = await createStage(browser());
    [tab] = (await stage.open(1)) as [Page];
  });
  afterEach(async () => {
    await stage.close();
    await cleanUp();
  });

  const refreshBy = (url: string): Promise<string> =>
    tab.evaluate((endpoint) => window.refreshBy(endpoint), `${url}/token`);

  test('renews', async () => {
    const server = await startServer(grant);
    expect(await refreshBy(server.url)).toBe('next');
  });

  test('G3: follows no redirect, which would take the refresh token along', async () => {
    const foreign = await startServer(grant);
    const server = await startServer((_request, response) => {
      response.writeHead(307, { ...CORS, location: `${foreign.url}/token` }).end();
    });
    const outcome = await refreshBy(server.url);
    expect(outcome).toContain('ERR_AUTH_CONFIG');
    expect(outcome).toContain('Give the URL that it redirects to');
    expect(server.requests).toHaveLength(1);
    expect(foreign.requests).toEqual([]);
  });
});
