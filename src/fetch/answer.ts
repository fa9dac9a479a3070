import { isRecord } from '../util/values';

/**
 * One answer of `fetch`, in the form that the gate looks at. The gate reads a copy of the body, so that the
 * caller gets the Response itself, unread.
 */
export class Answer {
  readonly response: Response;
  #copy: CopiedBody | undefined;

  constructor(response: Response) {
    this.response = response;
  }

  /** The body for the gate: copied when it is read, and else not. React Native has no stream but a Blob. */
  body(): CopiedBody | Promise<Blob | undefined> | undefined {
    const { body } = this.response as { body?: unknown };
    if (isRecord(body)) return (this.#copy = new CopiedBody(this.response));
    return body === undefined ? this.#readBlob() : undefined;
  }

  async #readBlob(): Promise<Blob | undefined> {
    try {
      return await this.response.clone().blob();
    } catch {
      // A test double may have neither.
      return undefined;
    }
  }

  headers(): Record<string, string> {
    const fields = Object.create(null) as Record<string, string>;
    // A test double may answer without any.
    const { headers } = this.response as { headers?: Headers };
    headers?.forEach((value, name) => {
      fields[name] = value;
    });
    return fields;
  }

  /** The caller reads the body now: what the gate has not read of the copy is not kept for it. */
  handOver(): void {
    this.#copy?.release();
  }

  /** Nobody will read it: frees its socket. */
  discard(): void {
    this.#copy?.cancel().catch(() => undefined);
  }
}

/** Has the part of a ReadableStream that is used of the body of an answer. */
class CopiedBody {
  readonly #response: Response;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(response: Response) {
    this.#response = response;
  }

  getReader(): ReadableStreamDefaultReader<Uint8Array> {
    const { body } = this.#response.clone();
    return (this.#reader = (body as ReadableStream<Uint8Array>).getReader());
  }

  release(): void {
    this.#reader?.cancel().catch(() => undefined);
  }

  async cancel(): Promise<void> {
    this.release();
    await this.#response.body?.cancel();
  }
}
