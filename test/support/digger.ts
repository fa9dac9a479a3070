import { format, inspect } from 'node:util';
import { err, errWithCause } from 'pino-std-serializers';

// A test may take them away.
const { Blob, FormData } = globalThis;

/**
 * Looks for secrets in everything that a value carries or prints: own properties (symbols and
 * non-enumerable ones, too), prototypes, getters, collections and bytes, and the usual printers.
 * Gives the places where one was found.
 */
export async function digFor(secrets: readonly string[], value: unknown): Promise<string[]> {
  const found = new Set<string>();
  const seen = new Set<unknown>();
  const forms = secrets.flatMap(formsOf);

  const check = (text: string, path: string): void => {
    if (forms.some((form) => text.includes(form))) found.add(path);
  };

  async function dig(node: unknown, path: string): Promise<void> {
    if (typeof node === 'string' || typeof node === 'symbol') {
      check(String(node), path);
      return;
    }
    if ((typeof node !== 'object' && typeof node !== 'function') || node === null) return;
    if (seen.has(node)) return;
    seen.add(node);
    const bytes = bytesOf(node);
    if (bytes) {
      check(Buffer.from(bytes).toString('latin1'), `${path} (bytes)`);
      return;
    }
    for (const [name, part] of await hiddenParts(node)) await dig(part, `${path}${name}`);
    for (let at: object | null = node; at; at = Object.getPrototypeOf(at) as object | null) {
      for (const key of Reflect.ownKeys(at)) {
        check(String(key), `${path} (key)`);
        await dig(read(at, key, node), `${path}.${String(key)}`);
      }
    }
  }

  await dig(value, '');
  for (const [printer, text] of printed(value)) check(text, `(${printer})`);
  return [...found];
}

/** A secret is also found by its parts, and in the forms that transport and JSON give it. */
function formsOf(secret: string): string[] {
  const parts = secret.split('.').filter((part) => part.length > 20);
  // The header of a JWT is the same for everybody.
  const whole = [secret, ...parts.slice(parts.length > 1 ? 1 : 0)];
  return whole.flatMap((part) => [
    part,
    // A lone surrogate has no form in a URL.
    encodeURIComponent(Buffer.from(part).toString()),
    JSON.stringify(part).slice(1, -1),
    part.replaceAll('/', '\\/'),
    Buffer.from(part).toString('base64'),
    Buffer.from(part).toString('base64url'),
    Buffer.from(part).toString('hex'),
  ]);
}

function bytesOf(node: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(node))
    return new Uint8Array(node.buffer, node.byteOffset, node.byteLength);
  const isBuffer = Object.prototype.toString.call(node) === '[object ArrayBuffer]';
  return isBuffer ? new Uint8Array(node as ArrayBuffer) : undefined;
}

/** What an object holds apart from its properties. */
async function hiddenParts(node: object): Promise<[string, unknown][]> {
  if (node instanceof Blob) return [[' (blob)', await node.arrayBuffer()]];
  if (node instanceof Map || node instanceof Set || node instanceof Headers) {
    return [[' (entries)', [...node.entries()]]];
  }
  if (node instanceof URLSearchParams || node instanceof FormData) {
    return [[' (entries)', [...node.entries()]]];
  }
  if (node instanceof Promise) return [[' (settled)', await node.catch((fault: unknown) => fault)]];
  return [];
}

function read(holder: object, key: PropertyKey, receiver: object): unknown {
  try {
    const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
    if (descriptor && 'value' in descriptor) return descriptor.value;
    return Reflect.get(holder, key, receiver);
  } catch {
    // A getter that does not work here shows nothing.
    return undefined;
  }
}

function printed(value: unknown): [string, string][] {
  const everything = {
    depth: Infinity,
    showHidden: true,
    getters: true,
    maxStringLength: Infinity,
    maxArrayLength: Infinity,
    breakLength: Infinity,
  } as const;
  const error = value as { toJSON?(): unknown; stack?: unknown };
  return [
    ['util.inspect', inspect(value, everything)],
    ['console.log', inspect(value)],
    ['JSON.stringify', safely(() => JSON.stringify([value]))],
    ['toJSON', safely(() => JSON.stringify([error.toJSON?.()]))],
    ['String', safely(() => String(value))],
    ['console %o', safely(() => format('%o %O %j %s', value, value, value, value))],
    ['pino', safely(() => inspect(err(value as Error), everything))],
    ['pino with cause', safely(() => inspect(errWithCause(value as Error), everything))],
    ['structuredClone', safely(() => inspect(structuredClone(value), everything))],
    ['stack', String(error.stack)],
  ];
}

function safely(print: () => string): string {
  try {
    return print();
  } catch (fault) {
    return String(fault);
  }
}
