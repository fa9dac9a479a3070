import type { Difference } from './compare';
import { EXPIRED, GOOD } from './mirror';
import type { Observation, Trait, Way } from './run';
import type { Seen } from './snapshot';

/** What attaching changes, and why. */
export interface DocumentedDifference {
  /** As it stands in docs/guarantees.md. */
  text: string;
  allows(difference: Difference, run: Run): boolean;
}

/** The run in which a difference was found. */
export interface Run {
  way: Way;
  traits: readonly Trait[];
  other: Observation;
}

/** What the entry puts into a config at the call, and the gate takes out again: nothing else. */
function isOfTheEntry({ path, bare, other }: Difference): boolean {
  const [, key] =
    /config\.([^.]+)(?:\.\d+)?$|this\.([^.]+)(?:\.\d+)?$/.exec(path)?.filter(Boolean) ?? [];
  if (key === 'adapter') return textOf(other).startsWith('adapter()');
  if (key === 'Symbol(called)') return bare === undefined;
  if (key === 'transformRequest') return /lastTransform|null/.test(JSON.stringify(other));
  const added = / ?(Symbol\(called\)|transformRequest)/g;
  return key === 'order' && textOf(other).replace(added, '') === textOf(bare).replace(added, '');
}

const textOf = (seen: Seen | undefined): string => (typeof seen === 'string' ? seen : '');

/** As it is, or as JSON has it. */
const isForm = (seen: Seen | undefined): boolean =>
  textOf(seen).startsWith('FormData, a stream') || JSON.stringify(seen).includes('_overheadLength');

const CLASS_OF_STREAM = /^\w+, a stream: /;

const wasSent = ({ server, refused }: Observation): boolean => server.length + refused.length > 0;

export const DIFFERENCES: readonly DocumentedDifference[] = [
  {
    text:
      '**The token.** The request has its header, and `config.headers` of the answer or the error has it too. ' +
      'That is what attaching is for.',
    allows: ({ path, bare, other }) =>
      (path.endsWith('.token') && bare === undefined && (other === GOOD || other === EXPIRED)) ||
      // As `redact` leaves it.
      (path.endsWith('.headers.Authorization') && textOf(other).startsWith('[REDACTED')) ||
      (path.endsWith('.headers.order') && textOf(other).replace(' Authorization', '') === bare),
  },
  {
    text:
      '**Until it is sent, the config of a request carries the gate**: request interceptors, `runWhen` and ' +
      '`transformRequest` see a function as `adapter`, one more entry in `transformRequest`, and a symbol. So it ' +
      'works whatever the others change. What they put in their place counts, and when the request is sent, ' +
      'all is as it was.',
    allows: (difference) =>
      /^events\.\d+\.(config|this)\./.test(difference.path) && isOfTheEntry(difference),
  },
  {
    text:
      '**A request that ends before it is sent** (aborted before the call) gives an error whose `config` still ' +
      'carries the gate, as nothing was there to take it out.',
    allows: (difference, { other }) =>
      !wasSent(other) &&
      /^(events\.\d+\.error|settlement\.(rejected|toJSON))\.config\./.test(difference.path) &&
      isOfTheEntry(difference),
  },
  {
    text:
      '**A request is sent in a later turn than that of the call**, so that a sign-out right after the call comes ' +
      'first. One that is aborted in the turn of the call is not sent, and its error has no `request`.',
    allows: ({ path }, { traits, other }) =>
      traits.includes('same-turn') && !wasSent(other) && /^(settlement|events\.\d+)\b/.test(path),
  },
  {
    text:
      '**Stacks.** The error that the caller gets leads to the call, as ever. The stack of its `cause`, and ' +
      'the one that a response interceptor sees, may end in the gate.',
    allows: ({ path, other }) =>
      path.endsWith('.leadsToTheCaller') &&
      (other === true || path !== 'settlement.rejected.stack.leadsToTheCaller'),
  },
  {
    text:
      '**While it is sent**, `beforeRedirect` of its config (over fetch `env.fetch`, with an own `transport` that ' +
      'too) is a function of the library that calls yours, so that the token follows no redirect to another host, ' +
      'and over plain http to loopback its `proxy` is `false`, so that the token takes no proxy of the environment. ' +
      'An adapter function of the application sees it, and so does an error for which axios has copied the config ' +
      'meanwhile (`ERR_INVALID_URL`).',
    allows: ({ path, bare, other }) =>
      /^sending: (beforeRedirect|ownAdapter)\b|^(settlement|events)\..*config\./.test(path) &&
      (/^(?:both|#strip)?\(\)/.test(textOf(other)) ||
        (/\.(?:env\.fetch|proxy|beforeRedirects\.direct)$/.test(path) && bare === undefined) ||
        (path.endsWith('.order') &&
          textOf(other).replace(/(?: beforeRedirect| proxy| fetch)+$| direct\b/, '') === bare)),
  },
  {
    text:
      '**After a renewal, what belongs to sending has run for each attempt**: `validateStatus`, ' +
      '`paramsSerializer`, `beforeRedirect`, progress events, `env.fetch` and adapter functions. The timeout ' +
      'counts for each of them. The adapter finds the headers that it has set itself in the first one.',
    allows: ({ path, bare }, { way }) =>
      way === 'replayed' &&
      (/^sending, before: |^sending: ownAdapter\..*\.headers\.entries\.\d+$/.test(path) ||
        (path.startsWith('progress.') && bare === undefined)),
  },
  {
    text:
      '**After a renewal, `response.config` is the config of the last attempt**, and so has the new token. ' +
      'Transforms have the first one as `this`, with equal content.',
    allows: ({ path }, { way }) => way === 'replayed' && /(\.is|\.response\.config)$/.test(path),
  },
  {
    text:
      '**After a renewal, a form of the package form-data** (which axios makes of an object in Node) **is sent ' +
      'as its bytes**, as sending has emptied it: `config.data` is a Buffer, and `config.headers` has its type.',
    allows: ({ path, bare, other }, { way, traits }) =>
      way === 'replayed' &&
      ((/(\.config|^sending: ownAdapter\.\d+\.\d+)\.data$/.test(path) &&
        isForm(bare) &&
        textOf(other).startsWith('Buffer of ')) ||
        (/\.config\.headers\.entries\.\d+$/.test(path) &&
          other === 'Content-Type: multipart/form-data; boundary=BOUNDARY (string)') ||
        // The bytes go in one piece, so that the last event tells of all of them.
        (traits.includes('form') && /^progress\.upload\.(loaded|progress)$/.test(path))),
  },
  {
    text:
      '**The stream of an answer whose status is classified** has been looked into. It has the same bytes, and ' +
      'may be of another class.',
    allows: ({ bare, other }) =>
      CLASS_OF_STREAM.test(textOf(bare)) &&
      textOf(bare).replace(CLASS_OF_STREAM, '') === textOf(other).replace(CLASS_OF_STREAM, ''),
  },
  {
    text:
      '**After a renewal, a stream cannot be sent again**: `ERR_AUTH_NOT_REPLAYABLE`. Ahead of the expiry such a ' +
      'request waits for the renewal, and is sent once.',
    allows: (_, { way, traits, other }) =>
      way === 'replayed' &&
      traits.includes('one-shot') &&
      other.refused.length === 1 &&
      other.server.length === 0,
  },
  {
    text: '**A URL object as `url`** is sent as its text. axios alone refuses it with a TypeError.',
    allows: (_, { traits }) => traits.includes('url-object'),
  },
  {
    text:
      '**A 401 that axios cannot read** is an error of axios without a `response`, and starts no renewal: its ' +
      'body is larger than `maxContentLength`, or is no form with `responseType: formdata` over fetch.',
    allows: (_, { way, traits, other }) =>
      way === 'replayed' &&
      traits.includes('unreadable') &&
      other.refused.length === 1 &&
      other.server.length === 0,
  },
];
