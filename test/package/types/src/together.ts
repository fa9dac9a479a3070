/** What one entry gives, another one takes, although each has type declarations of its own. */
import type { AxiosInstance } from 'axios';
import {
  attachAuthInterceptors,
  cachedStore,
  memoryStore,
  oncePerToken,
} from 'axios-auth-interceptors';
import type { StepUp, TokenStore } from 'axios-auth-interceptors';
import { createAuthFetch } from 'axios-auth-interceptors/fetch';
import { fileStore } from 'axios-auth-interceptors/node';
import { oauth2Refresh } from 'axios-auth-interceptors/oauth2';
import { useAuth } from 'axios-auth-interceptors/react';
import { redisStore, type RedisClient } from 'axios-auth-interceptors/redis';
import { stepUp, type StepUp as MadeStepUp } from 'axios-auth-interceptors/step-up';
import { nextEvent, recordingStore, settled, testTokens } from 'axios-auth-interceptors/testing';

declare const api: AxiosInstance;
declare const client: RedisClient;

const oauth = oauth2Refresh({ tokenEndpoint: 'https://login.example.com/token', clientId: 'app' });

export const auth = attachAuthInterceptors(api, {
  refresh: oauth,
  revoke: oauth.revoke,
  stepUp: stepUp(() => null),
  tokenStore: recordingStore(testTokens()),
});
export const stores: TokenStore[] = [
  memoryStore(),
  fileStore('tokens.json'),
  redisStore({ client, key: 'session' }),
  cachedStore(redisStore({ client, key: 'session' })),
];
export const authFetch: typeof fetch = createAuthFetch(auth);
export const ended = nextEvent(auth, 'signed-out');
export const idle: Promise<void> = settled(auth);
export const shared = attachAuthInterceptors(api, { refresh: oncePerToken(oauth) });
export const made: StepUp = {} as MadeStepUp;
export const used: typeof auth.status = ({} as ReturnType<typeof useAuth>).status;
