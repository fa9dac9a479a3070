import { isRecord } from '../tokens';

/**
 * True for a body that is gone once it was sent: Node and web streams, iterators, and the forms of
 * the form-data package, which are streams too (G18).
 */
export function isStream(data: unknown): boolean {
  if (!isRecord(data) || ArrayBuffer.isView(data)) return false;
  return (
    typeof data.pipe === 'function' ||
    typeof data.getReader === 'function' ||
    Symbol.asyncIterator in data
  );
}

/** The form of the form-data package: a stream that can tell its bytes while it is unread. */
interface StreamingForm {
  getBuffer(): Uint8Array;
  getHeaders(): Record<string, string>;
}

/** What to send in place of a form that reading has emptied. */
export interface Spare {
  data: Uint8Array;
  headers: Record<string, string>;
}

/** The bytes of a form-data form, where it holds no stream; must be taken before it is sent. */
export function spareOf(data: unknown): Spare | undefined {
  if (!isRecord(data) || !isStreamingForm(data)) return undefined;
  try {
    return { data: data.getBuffer(), headers: data.getHeaders() };
  } catch {
    // It holds a stream.
    return undefined;
  }
}

function isStreamingForm(data: object): data is StreamingForm {
  return (
    'pipe' in data &&
    'getBuffer' in data &&
    typeof data.getBuffer === 'function' &&
    'getHeaders' in data &&
    typeof data.getHeaders === 'function'
  );
}
