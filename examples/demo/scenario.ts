import { setTimeout as sleep } from 'node:timers/promises';
import type { Chapter } from './records';
import { LATENCY, TOKEN_LIFETIME, type Stage } from './stage';
import { createErrands, getPage, getSlow, type Errand } from './traffic';

type Errands = (count: number) => Errand[];
type Calls = Promise<void>[];

/** One chapter of the story: gives back the calls it made. */
interface Scene {
  title: string;
  text: string;
  /** What goes before, with nobody to watch. */
  prepare?(): Promise<unknown>;
  play(stage: Stage, errands: Errands): Promise<Calls>;
}

const SCENES: Scene[] = [
  {
    title: 'A steady stream of requests',
    text: 'The token lives one second; before it is over, it is renewed in the background.',
    play: steadyStream,
  },
  {
    title: 'Back after a pause',
    text: 'The token has expired, and that is known: all are held until there is a new one.',
    prepare: () => sleep(TOKEN_LIFETIME * 1000 + 100),
    play: burst,
  },
  {
    title: 'The server ends the token early',
    text: 'Nobody can know that: 401s come back, some late. Who comes meanwhile is held.',
    play: endedEarly,
  },
  {
    title: 'The token endpoint is down',
    text: 'It answers 503 twice and is tried again. Everybody waits; one caller gives up.',
    play: outage,
  },
  {
    title: 'Signing out with requests under way',
    text: 'Who is on the wire still gets an answer. Who waits for a token is told at once.',
    play: signOut,
  },
];

/** Plays the whole story; `onChapter` is called after each chapter. */
export async function play(
  stage: Stage,
  onChapter: (chapter: Chapter) => void,
): Promise<Chapter[]> {
  const { recorder } = stage;
  const errands = createErrands();
  for (const { title, text, prepare, play: run } of SCENES) {
    await prepare?.();
    const chapter = recorder.begin(title, text);
    await Promise.all(await run(stage, errands));
    await recorder.until(() => !recorder.refreshing);
    onChapter(chapter);
  }
  return recorder.chapters;
}

async function steadyStream({ call }: Stage, errands: Errands): Promise<Calls> {
  const calls: Calls = [];
  for (const errand of errands(26)) {
    calls.push(call(errand));
    await sleep(90);
  }
  return calls;
}

function burst({ call }: Stage, errands: Errands): Promise<Calls> {
  return Promise.resolve(errands(16).map((errand) => call(errand)));
}

async function endedEarly({ server, recorder, call }: Stage, errands: Errands): Promise<Calls> {
  server.controls.expireAllAccessTokens();
  // Two on a slow line: their 401 comes when the token has long been replaced.
  server.settings.latency = 8 * LATENCY;
  const calls = [call(getPage(901)), call(getPage(902))];
  await sleep(LATENCY);
  server.settings.latency = LATENCY;
  calls.push(...errands(12).map((errand) => call(errand)));
  await recorder.until(() => recorder.refreshing !== undefined);
  await sleep(LATENCY);
  calls.push(...errands(6).map((errand) => call(errand)));
  return calls;
}

async function outage({ server, recorder, call }: Stage, errands: Errands): Promise<Calls> {
  server.controls.failRefresh(2, 503);
  server.controls.expireAllAccessTokens();
  const calls = errands(12).map((errand) => call(errand));
  const impatient = new AbortController();
  calls.push(call(getPage(903), { expected: 'cancelled', signal: impatient.signal }));
  await recorder.until(() => recorder.refreshing?.exchanges[0]?.status === 503);
  calls.push(...errands(5).map((errand) => call(errand)));
  await sleep(LATENCY);
  impatient.abort();
  return calls;
}

async function signOut({ server, auth, recorder, call }: Stage, errands: Errands): Promise<Calls> {
  const calls = [400, 450, 500].map((ms) => call(getSlow(ms), { expected: 'signed-out' }));
  await sleep(3 * LATENCY);
  server.controls.hold();
  server.controls.expireAllAccessTokens();
  calls.push(...errands(10).map((errand) => call(errand, { expected: 'signed-out' })));
  await recorder.until(() => recorder.refreshing?.exchanges.length === 1);
  await sleep(3 * LATENCY);
  await auth.signOut();
  server.controls.release();
  return calls;
}
