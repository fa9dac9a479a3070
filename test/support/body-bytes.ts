import type { AxiosResponse } from 'axios';

/** The bytes of an answer, whatever `responseType` was asked for. */
export async function bytesOfBody(response: AxiosResponse<unknown>): Promise<Buffer> {
  const { data } = response;
  if (typeof data === 'string') return Buffer.from(data);
  if (Buffer.isBuffer(data)) return data;
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (data instanceof Blob) return Buffer.from(await data.arrayBuffer());
  if (!isReadable(data)) return Buffer.from(JSON.stringify(data));
  const chunks: Uint8Array[] = [];
  for await (const chunk of data) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Node streams, and web streams as Node has them. */
const isReadable = (data: unknown): data is AsyncIterable<Uint8Array> =>
  typeof data === 'object' && data !== null && Symbol.asyncIterator in data;
