import * as all from './dimensions';
import { calm, some, type Dimension } from './dimensions';
import { matrix } from './matrix';
import type { Scenario } from './run';

/** `SEED=5 npm run test:transparency` combines the choices in another way. */
export const seed = Number(process.env.SEED ?? 1);

const responseType = all.responseType('json', 'text', 'arraybuffer', 'stream', 'blob');

/** Calls of which every choice has its effect. */
export function calmCells(adapter: Dimension): Scenario[] {
  return matrix(
    [
      adapter,
      ...[all.data, all.answer, all.other, all.method, responseType, all.validateStatus].map(calm),
      ...[all.transforms, all.interceptors, all.address, all.headers, all.calling].map(calm),
    ],
    seed,
  );
}

/** Calls that end early as well, or are left alone. */
export function stormyCells(adapter: Dimension): Scenario[] {
  return matrix(
    [
      adapter,
      some(all.data, 'none', 'an object', 'a Node stream', 'a web stream', 'a form of form-data'),
      some(all.other, 'nothing', 'auth', 'maxBodyLength', 'a header of its own', 'progress'),
      some(all.method, 'get', 'post', 'patchForm'),
      all.answer,
      responseType,
      all.validateStatus,
      all.transforms,
      all.interceptors,
      all.cancellation,
      some(all.address, 'a path', 'an absolute URL that is not allowed', 'params'),
      all.calling,
    ],
    seed,
  );
}
