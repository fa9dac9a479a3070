import './clock.mjs';
import { AuthorizationServer, DateInterval } from '@jmondi/oauth2-server';
import {
  handleExpressError,
  handleExpressResponse,
  requestFromExpress,
} from '@jmondi/oauth2-server/express';
import express from 'express';
import { createRepositories } from './jmondi-repositories.mjs';
import { count, createCounts, serve, settings } from './process.mjs';

/** An OAuth 2.0 server of another make: JWTs, no discovery, and login pages that its user writes. */
await serve(async () => {
  const counts = createCounts();
  const repositories = createRepositories(() => counts.revokedGrants++);
  const lifetime = new DateInterval(`${settings.lifetime}s`);
  const server = new AuthorizationServer(
    repositories.clients,
    repositories.tokens,
    repositories.scopes,
    'a secret of no worth',
  );
  server.enableGrantTypes(
    ['client_credentials', lifetime],
    ['refresh_token', lifetime],
    [
      {
        grant: 'authorization_code',
        userRepository: repositories.users,
        authCodeRepository: repositories.codes,
      },
      lifetime,
    ],
  );

  const app = express();
  app.use(express.urlencoded({ extended: false }));

  const form = '<form method="post"><input name="login"><input name="password"></form>';
  app.get('/login', (_request, response) => response.send(form));
  app.post('/login', (request, response) => {
    response.cookie('user', request.body.login, { httpOnly: true });
    response.redirect(String(request.query.back));
  });

  const answer = (work) => async (request, response) => {
    try {
      const result = await work(requestFromExpress(request), request, response);
      if (result) handleExpressResponse(response, result);
    } catch (error) {
      if (request.path === '/token') count(counts.refused, error.errorType ?? error.message);
      handleExpressError(error, response);
    }
  };

  app.get(
    '/authorize',
    answer(async (oauthRequest, request, response) => {
      const authorization = await server.validateAuthorizationRequest(oauthRequest);
      const user = /user=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
      if (user === undefined) {
        response.redirect(`/login?back=${encodeURIComponent(request.originalUrl)}`);
        return undefined;
      }
      authorization.user = { id: user };
      authorization.isAuthorizationApproved = true;
      return server.completeAuthorizationRequest(authorization);
    }),
  );
  app.post(
    '/token',
    answer(async (oauthRequest) => {
      const result = await server.respondToAccessTokenRequest(oauthRequest);
      count(counts.granted, oauthRequest.body.grant_type);
      return result;
    }),
  );
  app.post(
    '/token/revoke',
    answer((oauthRequest) => server.revoke(oauthRequest)),
  );
  app.post(
    '/token/introspect',
    answer((oauthRequest) => server.introspect(oauthRequest)),
  );

  const { register } = repositories;
  settings.clients.forEach(register);
  return { handler: app, register, counts };
});
