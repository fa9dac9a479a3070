import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import axios from 'axios';
import { onCleanUp } from '../support/rig';

/** Who has written the server. */
export type Make = 'oidc-provider' | 'jmondi';

/** A client as it is registered at the server. */
export interface Client {
  id: string;
  secret?: string;
  method: 'client_secret_basic' | 'client_secret_post' | 'none';
  grants: ('authorization_code' | 'refresh_token' | 'client_credentials')[];
  redirectUri?: string;
}

/** What the token endpoint granted, by grant type, and refused, by error. */
export interface Counts {
  granted: Record<string, number>;
  refused: Record<string, number>;
  /** Grants that ended because a refresh token came twice, or was revoked. */
  revokedGrants: number;
}

interface Orders {
  register(client: Client): Promise<void>;
  counts(): Promise<Counts>;
  /** Moves the clock of the server, and of nobody else. */
  putForward(seconds: number): Promise<void>;
  /** Refuses connections from here on, and keeps what it knows. */
  down(): Promise<void>;
  up(): Promise<void>;
}

/** A server of somebody else, in a process of its own. */
export interface AuthorizationServer extends Orders {
  make: Make;
  url: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  revocationEndpoint: string;
  introspect(token: string, hint?: 'access_token' | 'refresh_token'): Promise<Introspection>;
}

/** RFC 7662 §2.2, as far as it is looked at. */
export interface Introspection {
  active: boolean;
  client_id?: string;
  scope?: string;
  aud?: string;
}

/** How long an access token lives, in seconds. */
export const LIFETIME = 60;

const PATHS: Record<Make, Record<'authorization' | 'revocation' | 'introspection', string>> = {
  'oidc-provider': {
    authorization: '/auth',
    revocation: '/token/revocation',
    introspection: '/token/introspection',
  },
  jmondi: {
    authorization: '/authorize',
    revocation: '/token/revoke',
    introspection: '/token/introspect',
  },
};

const RESOURCE_SERVER: Client = {
  id: 'resource-server',
  secret: 'a-secret-of-the-resource-server',
  method: 'client_secret_post',
  grants: ['client_credentials'],
};

/** Starts a server that the clean-up of the test stops. */
export async function startAuthorizationServer(make: Make): Promise<AuthorizationServer> {
  const settings = { port: 0, lifetime: LIFETIME, clients: [RESOURCE_SERVER] };
  const script = join(__dirname, 'servers', `${make}.mjs`);
  const child = fork(script, [JSON.stringify(settings)], { execArgv: [], silent: true });
  onCleanUp(() => end(child));
  const { port } = await firstMessage(child);
  const url = `http://127.0.0.1:${port}`;
  const { authorization, revocation, introspection } = PATHS[make];
  const ask = createAsk(child);
  return {
    make,
    url,
    authorizationEndpoint: `${url}${authorization}`,
    tokenEndpoint: `${url}/token`,
    revocationEndpoint: `${url}${revocation}`,
    async introspect(token, hint = 'access_token') {
      const { id, secret = '' } = RESOURCE_SERVER;
      const form = { token, token_type_hint: hint, client_id: id, client_secret: secret };
      const body = new URLSearchParams(form);
      return (await axios.post<Introspection>(`${url}${introspection}`, body)).data;
    },
    register: (client) => ask('register', client),
    counts: () => ask('counts'),
    putForward: (seconds) => ask('putForward', seconds),
    down: () => ask('down'),
    up: () => ask('up'),
  };
}

/** The port; what the process had to say, where it ended instead. */
async function firstMessage(child: ChildProcess): Promise<{ port: number }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => (output += text.toString()));
  }
  const failed = once(child, 'exit').then(() => {
    throw new Error(`The server ended: ${output}`);
  });
  failed.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [{ port: number }];
  return message;
}

function createAsk(child: ChildProcess) {
  const pending = new Map<number, (answer: { result?: unknown; error?: string }) => void>();
  child.on('message', ({ id, ...answer }: { id: number }) => {
    pending.get(id)?.(answer);
    pending.delete(id);
  });
  let orders = 0;
  return <R>(does: keyof Orders, argument?: unknown): Promise<R> =>
    new Promise((resolve, reject) => {
      const id = ++orders;
      pending.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as R);
        else reject(new Error(error));
      });
      child.send({ id, does, argument });
    });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
