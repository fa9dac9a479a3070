import { ours } from '../contenders/index.mjs';
import { createApi, inProcess } from '../in-process.mjs';
import { heapInUse } from '../measure.mjs';
import { atMost, fact } from '../report.mjs';

const FEW = 10;
const MANY = 100;
const SIZE = { quick: 400, usual: 1_000, full: 10_000 };
const TARGET = 1.01;
const POINTER = 8;

/** What is left when requests have been held, replayed and settled: nothing. */
export async function kept({ effort }) {
  const size = SIZE[effort];
  let token = 0;
  const tokenOf = (number) => `${number}-`.padEnd(100, 'k');
  let isDead;
  const api = createApi(inProcess((header) => isDead(header)));
  ours.attach(api, {
    accessToken: tokenOf(token),
    options: { refreshLimit: false },
    renew: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { accessToken: tokenOf(++token) };
    },
  });

  let fulfilled = 0;
  async function cycles(count) {
    for (let cycle = 0; cycle < count; cycle++) {
      const last = `Bearer ${tokenOf(token)}`;
      isDead = (header) => header === last;
      const answers = await Promise.all(Array.from({ length: size }, () => api.get('/x')));
      fulfilled += answers.length;
    }
    return heapInUse();
  }

  const afterFew = await cycles(FEW);
  const afterMany = await cycles(MANY - FEW);
  const ratio = afterMany / afterFew;
  const perRequest = (afterMany - afterFew) / ((MANY - FEW) * size);
  return {
    title: 'Nothing kept: the heap after many cycles of expiry, burst and renewal',
    note: `${MANY} cycles of ${size.toLocaleString('en')} requests that are all refused and sent again; --full: of 10,000.`,
    rows: [
      {
        heap: `after ${MANY} cycles over after ${FEW}`,
        ratio,
        'bytes per request': perRequest,
        ...atMost(TARGET, { median: ratio }),
      },
    ],
    facts: [
      fact('less is kept than one pointer for each request', perRequest < POINTER),
      fact(
        `all ${fulfilled.toLocaleString('en')} requests are fulfilled, by one refresh for each cycle`,
        fulfilled === MANY * size && token === MANY,
      ),
    ],
  };
}
