import { ours } from '../contenders/index.mjs';
import { createApi, createJwt, createOpaque, inProcess, refusing } from '../in-process.mjs';
import { heapInUse, spread } from '../measure.mjs';
import { atMost, fact } from '../report.mjs';

const ROUNDS = { quick: 2, usual: 3, full: 5 };
const HELD = { quick: 3_000, usual: 10_000, full: 10_000 };
const TARGET = 600;

const accessToken = createJwt(3600);
const fresh = createOpaque('f');

/** What a request keeps alive while it waits, over one that waits in a bare async request interceptor. */
export async function held({ effort }) {
  const rounds = ROUNDS[effort];
  const count = HELD[effort];
  const bytes = { bare: [], before: [], refused: [] };
  let settled = 0;
  for (let round = -1; round < rounds; round++) {
    for (const [name, wait] of Object.entries({ bare: inInterceptor, before, refused })) {
      const measured = await bytesWhileHeld(wait, count);
      settled += measured.fulfilled;
      if (round >= 0) bytes[name].push(measured.bytes);
    }
  }
  const over = (name) => spread(bytes[name].map((value, round) => value - bytes.bare[round]));
  return {
    title: 'Held requests: bytes kept for each while it waits',
    note: `Rounds: ${rounds} of ${count.toLocaleString('en')} requests, after garbage collection; median and quartiles.`,
    rows: [
      { waits: 'in a bare async request interceptor', bytes: spread(bytes.bare) },
      {
        waits: 'for a renewal, before it is sent',
        bytes: spread(bytes.before),
        'over that': over('before'),
        ...atMost(TARGET, over('before')),
      },
      {
        waits: 'for a renewal, with its 401 (and the error of axios) in hand',
        bytes: spread(bytes.refused),
        'over that': over('refused'),
      },
    ],
    facts: [
      fact('every held request is fulfilled in the end', settled === count * 3 * (rounds + 1)),
    ],
  };
}

async function bytesWhileHeld(prepare, count) {
  const { api, release } = prepare();
  await api.get('/x', { skipAuth: true });
  const empty = await heapInUse();
  const requests = Array.from({ length: count }, () => api.get('/x'));
  const bytes = ((await heapInUse()) - empty) / count;
  release();
  const fulfilled = (await Promise.all(requests)).filter(({ status }) => status === 200).length;
  return { bytes, fulfilled };
}

function inInterceptor() {
  const api = createApi(inProcess());
  const { promise, release } = gate();
  api.interceptors.request.use(async (config) => {
    if (!config.skipAuth) await promise;
    return config;
  });
  return { api, release };
}

/** Known to be over, so that no request is sent before the renewal. */
const before = () => renewing({ accessToken, expiresAt: Date.now() - 1 });

const refused = () => renewing({ accessToken, expiresAt: Date.now() + 3_600_000 });

function renewing(tokens) {
  const api = createApi(refusing(accessToken));
  const { promise, release } = gate();
  const renew = async () => {
    await promise;
    return { accessToken: fresh };
  };
  ours.attach(api, { ...tokens, renew });
  return { api, release };
}

function gate() {
  let release;
  const promise = new Promise((resolve) => (release = resolve));
  return { promise, release };
}
