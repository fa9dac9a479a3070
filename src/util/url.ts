/** What the origin rules need to know of a URL. */
export interface ParsedUrl {
  protocol: string;
  hostname: string;
  /** `https://host:port`, also for schemes that the platform gives no origin for (`capacitor:`, `app:`). */
  origin: string;
}

/** Only the plainest spelling: no user info, no backslash, no white space, nothing percent-encoded. */
const PLAIN = /^(https?:)\/\/((?:[a-z\d.-]+|\[[\da-f:.]+\])(?::\d+)?)(?=[/?#]|$)/i;
const DEFAULT_PORT = /^(?:http:(.*):80|https:(.*):443)$/;

/**
 * Reads a URL as the platform reads it. React Native (before 0.80) has a URL without getters: there,
 * only a plain spelling is understood, and anything else is no URL at all.
 */
export function parseUrl(url: string, base?: string): ParsedUrl | null {
  let parsed: URL;
  // React Native joins the two where the standard resolves one against the other.
  const isPath = base === undefined || !/^(?:[a-z][a-z\d+.-]*:|[\\/]{2})/i.test(url);
  try {
    parsed = new URL(url, base);
  } catch {
    return null;
  }
  try {
    const { protocol, hostname, host, origin } = parsed;
    if (protocol && typeof hostname === 'string' && typeof origin === 'string') {
      return { protocol, hostname, origin: origin === 'null' ? `${protocol}//${host}` : origin };
    }
  } catch {
    // A getter that is not implemented throws.
  }
  return isPath ? parsePlain(parsed.href || url) : null;
}

function parsePlain(url: string): ParsedUrl | null {
  const [, protocol = '', authority = ''] = PLAIN.exec(url) ?? [];
  if (!protocol) return null;
  const scheme = protocol.toLowerCase();
  const given = authority.toLowerCase();
  const [, http, https] = DEFAULT_PORT.exec(scheme + given) ?? [];
  const host = http ?? https ?? given;
  return { protocol: scheme, hostname: host.replace(/:\d+$/, ''), origin: `${scheme}//${host}` };
}

const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** True for a host that is this machine: plain http to it can be read by nobody else. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);
