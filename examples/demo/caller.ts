import { isAxiosError, isCancel } from 'axios';
import type { AxiosInstance } from 'axios';
import type { Expected, RequestRecord, Settlement } from './records';
import { ID_HEADER, PATIENCE, type Recorder } from './recorder';
import type { Errand } from './traffic';

export interface CallOptions {
  expected?: Expected;
  signal?: AbortSignal;
}

/** Makes requests the way an application would, and writes down what came of each. */
export function createCaller(
  api: AxiosInstance,
  recorder: Recorder,
): (errand: Errand, options?: CallOptions) => Promise<void> {
  let made = 0;
  return async (errand, { expected = 'answer', signal } = {}) => {
    const id = `demo-${++made}`;
    const { kind, label } = errand;
    const record: RequestRecord = {
      id,
      kind,
      label,
      expected,
      startedAt: recorder.now(),
      endedAt: null,
      exchanges: [],
      settlement: { kind: 'unsettled' },
    };
    recorder.add(record);
    const answer = errand.send(api, { headers: { [ID_HEADER]: id }, ...(signal && { signal }) });
    const settlement = await settle(answer);
    record.settlement = settlement;
    if (settlement.kind !== 'unsettled') record.endedAt = recorder.now();
  };
}

function settle(answer: ReturnType<Errand['send']>): Promise<Settlement> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve({ kind: 'unsettled' });
    }, PATIENCE);
    answer
      .then<Settlement, Settlement>((outcome) => ({ kind: 'answered', ...outcome }), rejected)
      .then(resolve, rejected)
      .finally(() => {
        clearTimeout(timer);
      });
  });
}

function rejected(error: unknown): Settlement {
  if (isCancel(error)) return { kind: 'cancelled' };
  const message = error instanceof Error ? error.message : String(error);
  if (!isAxiosError(error)) return { kind: 'rejected', code: '', status: null, message };
  return {
    kind: 'rejected',
    code: error.code ?? '',
    status: error.response?.status ?? null,
    message,
  };
}
