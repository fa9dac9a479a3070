import { randomBytes } from 'node:crypto';
import NodeForm from 'form-data';
import { createExpiringApi } from '../support/expiring-api';
import { cleanUp } from '../support/rig';
import { expectSameTwice } from '../support/same-request';

afterEach(cleanUp);

const adapters = ['http', 'fetch'] as const;
/** Every byte there is, in an order that no text has. */
const BYTES = randomBytes(70_000);

describe.each(adapters)('bodies that can be read again, with the %s adapter', (adapter) => {
  async function sendTwice(data: unknown, headers: Record<string, string> = {}) {
    const { api, requests } = await createExpiringApi({ axios: { adapter } });
    await api.post('/raw', data, { headers });
    expectSameTwice(requests);
    return requests[1]!;
  }

  it.each([
    ['a Buffer', Buffer.from(BYTES), BYTES],
    ['a part of a Buffer', Buffer.from(BYTES).subarray(100, 900), BYTES.subarray(100, 900)],
    ['a Uint8Array', new Uint8Array(BYTES), BYTES],
    ['a Uint16Array', new Uint16Array([1, 256, 65_535]), Buffer.from([1, 0, 0, 1, 255, 255])],
    ['a DataView', new DataView(new Uint8Array(BYTES).buffer), BYTES],
    ['an ArrayBuffer', new Uint8Array(BYTES).buffer, BYTES],
    ['an empty Buffer', Buffer.alloc(0), Buffer.alloc(0)],
  ])('G18: %s', async (_name, data, expected) => {
    const { body } = await sendTwice(data, { 'Content-Type': 'application/octet-stream' });
    expect(body.equals(expected)).toBe(true);
  });

  it('G18: a Blob', async () => {
    const { body } = await sendTwice(new Blob([BYTES], { type: 'image/x-test' }));
    expect(body.equals(BYTES)).toBe(true);
  });

  it('G18: a File', async () => {
    const { body } = await sendTwice(new File([BYTES], 'a.bin', { type: 'image/x-test' }));
    expect(body.equals(BYTES)).toBe(true);
  });

  it('G18: a URLSearchParams', async () => {
    const { body, headers } = await sendTwice(new URLSearchParams('a=1&a=2&b=%26+c'));
    expect(body.toString()).toBe('a=1&a=2&b=%26+c');
    expect(headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
  });

  it('G18: a FormData with fields and files', async () => {
    const form = new FormData();
    form.append('name', 'zwölf');
    form.append('list', 'a');
    form.append('list', 'b');
    form.append('file', new File([BYTES], 'bytes.bin', { type: 'image/x-test' }));
    form.append('blob', new Blob(['text'], { type: 'text/plain' }), 'blob.txt');
    const { body } = await sendTwice(form);
    expect(body.includes(BYTES)).toBe(true);
    for (const part of ['zwölf', 'filename="bytes.bin"', 'image/x-test', 'filename="blob.txt"']) {
      expect(body.includes(part)).toBe(true);
    }
  });

  it('G18: a form that a caller has read meanwhile is still whole', async () => {
    const form = new FormData();
    form.append('file', new Blob([BYTES]), 'bytes.bin');
    const { api, requests } = await createExpiringApi({
      axios: { adapter },
      options: { onReplay: () => new Response(form).arrayBuffer().then(() => undefined) },
    });
    await api.post('/upload', form);
    expectSameTwice(requests);
  });
});

describe('content types of bodies that can be read again', () => {
  async function typeOf(data: unknown, headers: Record<string, string> = {}) {
    const { api, requests } = await createExpiringApi();
    await api.post('/raw', data, { headers });
    expectSameTwice(requests);
    return requests[1]!.headers['content-type'];
  }

  it('G18: a Blob has its own', async () => {
    const type = await typeOf(new Blob([BYTES], { type: 'image/x-test' }));
    expect(type).toBe('image/x-test');
  });

  it('G18: a FormData has its boundary', async () => {
    const form = new FormData();
    form.append('name', 'alice');
    expect(await typeOf(form)).toMatch(/^multipart\/form-data; *boundary=/);
  });

  it('G18: so has a form that axios makes from an object', async () => {
    const headers = { 'Content-Type': 'multipart/form-data' };
    const type = await typeOf({ name: 'alice', list: [1, 2] }, headers);
    expect(type).toMatch(/^multipart\/form-data; *boundary=/);
  });
});

describe('forms of the form-data package', () => {
  async function sendForm(form: NodeForm) {
    const { api, requests } = await createExpiringApi();
    await api.post('/upload', form);
    expectSameTwice(requests);
    return requests[1]!;
  }

  it('G18: with strings and numbers', async () => {
    const form = new NodeForm();
    form.append('name', 'zwölf');
    form.append('number', 12);
    form.append('json', '{"a":1}', { contentType: 'application/json' });
    const { body } = await sendForm(form);
    for (const part of ['zwölf', '12', '{"a":1}']) expect(body.includes(part)).toBe(true);
  });

  it('G18: with Buffers', async () => {
    const form = new NodeForm();
    form.append('file', BYTES, { filename: 'bytes.bin', contentType: 'image/x-test' });
    form.append('empty', Buffer.alloc(0), 'empty.bin');
    form.append('last', 'text');
    const { body } = await sendForm(form);
    expect(body.includes(BYTES)).toBe(true);
  });

  it('G18: with its own boundary', async () => {
    const form = new NodeForm();
    form.setBoundary('my-own-boundary');
    form.append('name', 'alice');
    const { headers, body } = await sendForm(form);
    expect(headers['content-type']).toBe('multipart/form-data; boundary=my-own-boundary');
    expect(body.toString()).toMatch(/^--my-own-boundary\r\n/);
  });

  it('G18: with headers from getHeaders() given to the request', async () => {
    const form = new NodeForm();
    form.append('name', 'alice');
    const { api, requests } = await createExpiringApi();
    await api.post('/upload', form, { headers: form.getHeaders({ 'X-Form': 'yes' }) });
    expectSameTwice(requests);
    expect(requests[1]!.headers['x-form']).toBe('yes');
  });

  it('G18: several at once, each to its own request', async () => {
    const { api, at } = await createExpiringApi();
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(
      names.map((name) => {
        const form = new NodeForm();
        form.append('name', `form of ${name}`);
        return api.post(`/upload/${name}`, form);
      }),
    );
    for (const name of names) {
      expectSameTwice(at(`/upload/${name}`));
      expect(at(`/upload/${name}`)[1]!.body.includes(`form of ${name}`)).toBe(true);
    }
  });
});
