import { createHash, randomBytes } from 'node:crypto';
import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import type { Kind } from './records';

/** Sends one request and says what is wrong with the answer, or null. */
export interface Errand {
  kind: Kind;
  label: string;
  send(
    api: AxiosInstance,
    config: AxiosRequestConfig,
  ): Promise<{ status: number; fault: string | null }>;
}

/** A page of items: each of them says which page it is on. */
export function getPage(page: number): Errand {
  return {
    kind: 'get',
    label: `GET /items?page=${page}`,
    async send(api, config) {
      const { data, status } = await api.get<{ page: number }[]>('/items', {
        ...config,
        params: { page },
      });
      const isOwn = data.length > 0 && data.every((item) => item.page === page);
      return { status, fault: isOwn ? null : 'the items of another page' };
    },
  };
}

/** An answer that takes its time. */
export function getSlow(ms: number): Errand {
  return {
    kind: 'get',
    label: `GET /slow?ms=${ms}`,
    async send(api, config) {
      const { data, status } = await api.get<{ waited: number }>('/slow', {
        ...config,
        params: { ms },
      });
      return { status, fault: data.waited === ms ? null : 'the answer of another request' };
    },
  };
}

/** An order: the server echoes its id and counts how often it was carried out. */
export function postOrder(number: number): Errand {
  const id = `order-${number}`;
  return {
    kind: 'json',
    label: `POST /orders #${number}`,
    async send(api, config) {
      const order = { id, amount: number * 10 };
      const { data, status } = await api.post<{ key: string; executions: number }>(
        '/orders',
        order,
        config,
      );
      if (data.key !== id) return { status, fault: `the order ${data.key} was answered` };
      return { status, fault: data.executions === 1 ? null : 'the order was carried out twice' };
    },
  };
}

interface UploadAnswer {
  fields: Record<string, string>;
  files: { size: number; sha256: string }[];
}

/** A multipart form with a file of random bytes: the server answers with its sha256. */
export function postUpload(number: number, kilobytes: number): Errand {
  const id = `upload-${number}`;
  return {
    kind: 'upload',
    label: `POST /upload ${kilobytes} kB`,
    async send(api, config) {
      const bytes = randomBytes(kilobytes * 1024);
      const form = new FormData();
      form.set('id', id);
      form.set('file', new Blob([bytes]), `${id}.bin`);
      const { data, status } = await api.post<UploadAnswer>('/upload', form, config);
      if (data.fields.id !== id) return { status, fault: 'the form of another upload' };
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { status, fault: data.files[0]?.sha256 === sha256 ? null : 'the sha256 differs' };
    },
  };
}

/** The bytes count up to this and start again. */
const PERIOD = 251;

/** Binary data: every byte is checked. */
export function getDownload(kilobytes: number): Errand {
  const length = kilobytes * 1024;
  return {
    kind: 'download',
    label: `GET /download ${kilobytes} kB`,
    async send(api, config) {
      const { data, status } = await api.get<Buffer>('/download', {
        ...config,
        params: { bytes: length },
        responseType: 'arraybuffer',
      });
      const isWhole = data.length === length && data.every((byte, at) => byte === at % PERIOD);
      return { status, fault: isWhole ? null : 'bytes are missing or wrong' };
    },
  };
}

/** A mixed lot: every kind in turn, no two errands the same. */
export function createErrands(): (count: number) => Errand[] {
  let made = 0;
  const next = (): Errand => {
    const number = ++made;
    switch (number % 5) {
      case 2:
        return postOrder(number);
      case 3:
        return postUpload(number, 16 + number);
      case 0:
        return getDownload(32 + number);
      default:
        return getPage(number);
    }
  };
  return (count) => Array.from({ length: count }, next);
}
