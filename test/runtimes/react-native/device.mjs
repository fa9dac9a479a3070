// node device.mjs DEVICE: the native side of React Native, as its Android modules do it. Hermes evaluates the lines
// that it is sent; what the JavaScript calls comes back as a line each. DEVICE is JSON, of the type Device in
// runtimes/react-native.ts.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const { hermes, bundle, assignment, hasTextDecoder, hosts } = JSON.parse(process.argv[2]);
const engine = spawn(
  hermes,
  ['-Xes6-promise', '-Xmicrotask-queue', '-Xes6-proxy', '-prompt=', '-prompt2='],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
  },
);

/** A string of one line that means the same to every parser. */
const encode = (text) =>
  `"${encodeURIComponent(text).replace(/[()!'*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}"`;
const evaluate = (code) =>
  engine.stdin.write(`void (0, eval)(decodeURIComponent(${encode(code)}))\n`);
const answer = (method, ...parameters) =>
  engine.stdin.write(`void nativeAnswer(${encode(JSON.stringify({ method, parameters }))})\n`);
const emit = (name, ...parameters) => answer('event', name, parameters);

/** The device knows some hosts by name; an answer comes from the URL that was asked for. */
const addressOf = (url) => {
  const name = Object.keys(hosts).find((host) => url.startsWith(`${host}/`) || url === host);
  return name ? hosts[name] + url.slice(name.length) : url;
};
const nameOf = (url) => {
  const name = Object.keys(hosts).find((host) => url.startsWith(`${hosts[host]}/`));
  return name ? name + url.slice(hosts[name].length) : url;
};

const timers = new Map();
const requests = new Map();
const blobs = new Map();

function store(bytes, blobId = randomUUID()) {
  blobs.set(blobId, bytes);
  return { blobId, offset: 0, size: bytes.length };
}

const bytesOf = ({ blobId, offset, size }) => blobs.get(blobId).subarray(offset, offset + size);

const calls = {
  log: (line) => console.error(line),
  startTimer(id, delay, repeats) {
    const start = repeats ? setInterval : setTimeout;
    timers.set(id, start(answer, delay, 'timer', id));
  },
  stopTimer(id) {
    clearTimeout(timers.get(id));
    timers.delete(id);
  },
  createFromParts(parts, blobId) {
    const bytes = parts.map(({ type, data }) =>
      type === 'blob' ? bytesOf(data) : Buffer.from(data),
    );
    store(Buffer.concat(bytes), blobId);
  },
  release: (blobId) => blobs.delete(blobId),
  readAsText: (id, blob) => answer('resolve', id, bytesOf(blob).toString()),
  readAsDataURL: (id, blob) =>
    answer(
      'resolve',
      id,
      `data:${blob.type || 'application/octet-stream'};base64,${bytesOf(blob).toString('base64')}`,
    ),
  abortRequest: (id) => requests.get(id)?.abort(),
  sendRequest,
  async report(report) {
    await fetch(`${addressOf(assignment.control)}/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: report,
    });
  },
};

/** The networking of the platform; like the real one it follows redirects by itself. */
async function sendRequest(method, url, id, headers, data, responseType, incremental, timeout) {
  const controller = new AbortController();
  requests.set(id, controller);
  let timedOut = false;
  const timer = timeout > 0 && setTimeout(() => controller.abort((timedOut = true)), timeout);
  try {
    const { body, type } = bodyOf(method, data, headers);
    const named = headers.filter(([name]) => name.toLowerCase() !== 'content-type');
    if (type) named.push(['content-type', type]);
    const response = await fetch(addressOf(url), {
      method,
      headers: named,
      body,
      signal: controller.signal,
    });
    const received = Object.fromEntries(response.headers);
    emit('didReceiveNetworkResponse', id, response.status, received, nameOf(response.url));
    const bytes = Buffer.from(await response.arrayBuffer());
    if (responseType === 'blob') emit('didReceiveNetworkData', id, store(bytes));
    else if (responseType === 'base64') emit('didReceiveNetworkData', id, bytes.toString('base64'));
    else if (incremental)
      emit('didReceiveNetworkIncrementalData', id, bytes.toString(), bytes.length, bytes.length);
    else emit('didReceiveNetworkData', id, bytes.toString());
    emit('didCompleteNetworkResponse', id, null);
  } catch (error) {
    if (timedOut) emit('didCompleteNetworkResponse', id, 'timeout', true);
    else if (!controller.signal.aborted) emit('didCompleteNetworkResponse', id, String(error));
  } finally {
    clearTimeout(timer);
    requests.delete(id);
  }
}

function bodyOf(method, data, headers) {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  if (/^(get|head)$/i.test(method) || !data) return {};
  if (data.formData) return multipart(data.formData);
  if (data.blob) {
    return {
      body: bytesOf(data.blob),
      type: data.blob.type || type || 'application/octet-stream',
    };
  }
  const body =
    data.string ?? (data.base64 === undefined ? undefined : Buffer.from(data.base64, 'base64'));
  if (body === undefined) return { body: '', type };
  if (!type) throw new Error('Payload is set but no content-type header specified');
  return { body, type };
}

/** The platform writes the body and the Content-Type of a form, whatever type the request has. */
function multipart(parts) {
  const boundary = randomUUID();
  const lines = parts.flatMap(({ headers, string }) => [
    `--${boundary}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '',
    string,
  ]);
  return {
    body: [...lines, `--${boundary}--`, ''].join('\r\n'),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

createInterface({ input: engine.stdout }).on('line', (line) => {
  const start = line.indexOf('\u0001');
  const rest = start < 0 ? line : line.slice(0, start);
  if (!/^(undefined)?$/.test(rest.trim())) console.error(line.slice(0, 2_000));
  if (start < 0) return;
  const { method, parameters } = JSON.parse(line.slice(start + 1));
  calls[method](...parameters);
});

evaluate(`globalThis.hasTextDecoder = ${hasTextDecoder}`);
for (const name of ['newer-hermes.js', 'native.js']) {
  evaluate(readFileSync(new URL(name, import.meta.url), 'utf8'));
}
evaluate(readFileSync(bundle, 'utf8'));
answer('run', JSON.stringify(assignment));
