import type { FaultKind } from './faults';
import { isExpired, judge, judgeSends, type Send, type Wrong } from './judge';
import type { Note, Settlement } from './protocol';

interface Entry {
  sends: Send[];
  /** The last things that happened to it. */
  events: string[];
  end: 'settled' | 'given up' | 'gone' | null;
}

/** Milliseconds after which a client has reported what happened. */
const SAID_WITHIN = 1_500;

export interface Violation {
  wrong: Wrong | 'sent after its end' | 'two refreshes at once' | 'settled twice';
  what: string;
  history: string[];
}

/** A time in which the tabs or processes of a session signed in or out, until all had heard of it. */
interface Change {
  session: string;
  from: number;
  to: number;
}

const RING = 60;
const KEPT = 20_000;

/** Keeps what happened to each request, at the proxy and at its caller, and judges how it ended. */
export class Ledger {
  readonly violations: Violation[] = [];
  readonly faults = new Map<FaultKind, number>();
  readonly outcomes = new Map<string, number>();
  requests = 0;
  answered = 0;
  recoveries = 0;
  /** Signed out by the server, for a reason that nobody could have avoided. */
  lostSessions = 0;
  /** Answered requests whose client was killed before it could tell. */
  gone = 0;
  readonly #start = Date.now();
  readonly #entries = new Map<string, Entry>();
  readonly #rings = new Map<string, string[]>();
  readonly #changes: Change[] = [];
  readonly #losses: Change[] = [];
  readonly #cutHeads: Change[] = [];
  readonly #dead = new Set<string>();
  readonly #refreshes = new Map<string, number>();

  /** The request has arrived at the proxy. */
  arrived(id: string, client: string, session: string, attempt: string | undefined): Send {
    const entry = this.#entry(id);
    const send: Send = {
      attempt: attempt ?? `send ${entry.sends.length + 1}`,
      fault: null,
      status: null,
      code: null,
      hasEffect: false,
      isDelivered: false,
      refreshesBefore: this.#refreshCount(session),
      refreshes: 0,
    };
    entry.sends.push(send);
    this.event(id, `arrives at the proxy, attempt ${send.attempt}`);
    if (entry.end === 'settled') {
      this.#violate('sent after its end', `${id} of ${client}`, id, session);
    }
    return send;
  }

  /** Its answer, or what was left of it, has left the proxy. */
  left(id: string, send: Send, session: string): void {
    send.refreshes = this.#refreshCount(session) - send.refreshesBefore;
    const { status, code, fault, isDelivered } = send;
    const how = isDelivered ? 'delivered' : 'not delivered';
    this.event(
      id,
      `is over at the proxy: ${status ?? 'no answer'} ${code ?? ''}, ${fault ?? 'no fault'}, ${how}`,
    );
    const verdict = judgeSends(this.#entry(id).sends);
    if (verdict) this.#violate(verdict.wrong, `${id}: ${verdict.why}`, id, session);
  }

  event(id: string, what: string): void {
    push(this.#entry(id).events, this.#stamp(Date.now(), what));
  }

  fault(kind: FaultKind): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  /** How many refreshes have found the token endpoint down. */
  downs(): number {
    let count = 0;
    for (const [kind, times] of this.faults) if (kind.startsWith('down: ')) count += times;
    return count;
  }

  /** A refresh meets a fault. */
  refreshMeets(session: string, kind: FaultKind): void {
    if (kind === 'half a head') span(this.#cutHeads, session);
  }

  refreshBegins(session: string, client: string, live: string[]): void {
    for (const cut of this.#cutHeads) {
      if (cut.session === session) cut.to = Math.min(cut.to, Date.now());
    }
    this.#refreshes.set(session, this.#refreshCount(session) + 1);
    const others = live.filter((other) => other !== client && !this.#dead.has(other));
    const now = Date.now();
    // What a client has sent that was killed meanwhile, or for the user before, may still be under way.
    const isOfNow = !this.#dead.has(client) && !this.#overlaps(this.#changes, session, now, now);
    if (others.length > 0 && isOfNow) {
      const what = `${client} refreshes while ${others.join(', ')} does`;
      this.#violate('two refreshes at once', what, null, session);
    }
  }

  note({ at, client, session, what, signedOut }: Note): void {
    push(this.#ring(session), this.#stamp(at, `${client}: ${what}`));
    if (signedOut === undefined || signedOut === 'signed-out') return;
    // In shared sessions a peer has signed out, or has met the end that the server has put to it.
    if (signedOut === 'elsewhere' && this.#overlaps(this.#changes, session, at, at)) return;
    if (this.#overlaps(this.#losses, session, at, at)) return;
    this.#violate('signed out', `${client} (${session}): ${what}`, null, session);
  }

  settle(settlement: Settlement): void {
    const { id, session, calledAt, settledAt, answer, error, kind } = settlement;
    const entry = this.#entry(id);
    if (entry.end === 'settled') this.#violate('settled twice', id, id, session);
    const isGivenUp = settlement.aborted || settlement.timedOut;
    const verdict = judge(settlement, entry.sends, {
      isChanging: this.#overlaps(this.#changes, session, calledAt, settledAt),
      isLost: this.#overlaps(this.#losses, session, calledAt, settledAt),
      isHeadCut: this.#overlaps(this.#cutHeads, session, calledAt, settledAt),
    });
    this.requests++;
    this.#count(settlement);
    if (answer) {
      this.answered++;
      if (entry.sends.some(isExpired)) this.recoveries++;
    }
    const how = answer ? 'with an answer' : `with ${error?.code} ${error?.message}`;
    this.event(id, `(${kind}) is settled ${how}`);
    this.#close(id, entry, isGivenUp ? 'given up' : 'settled');
    if (!verdict) return;
    this.event(id, `was called ${settledAt - calledAt} ms before: ${JSON.stringify(settlement)}`);
    this.#violate(verdict.wrong, `${id}: ${verdict.why}`, id, session);
  }

  /** The session changes hands until the returned function is called. */
  changing(session: string): () => void {
    push(this.#ring(session), this.#stamp(Date.now(), 'changes hands'));
    return span(this.#changes, session);
  }

  /** The server has ended the session, which could not be avoided. */
  losing(session: string): () => void {
    this.lostSessions++;
    return span(this.#losses, session);
  }

  /** What a client was about to do does not count any more. */
  died(client: string): void {
    this.#dead.add(client);
    push(this.#ring(client.replace(/-\d+$/, '')), this.#stamp(Date.now(), `${client} is killed`));
  }

  isDead(client: string): boolean {
    return this.#dead.has(client);
  }

  /** Requests that have arrived and were settled by nobody who still lives. */
  unsettled(): string[] {
    const open: string[] = [];
    for (const [id, { end }] of this.#entries) {
      if (end !== null) continue;
      if (this.isDead(clientOf(id))) this.gone++;
      else open.push(`${id}\n${this.history(id).join('\n')}`);
    }
    return open;
  }

  history(id: string): string[] {
    return this.#entries.get(id)?.events ?? [];
  }

  #entry(id: string): Entry {
    let entry = this.#entries.get(id);
    if (!entry) this.#entries.set(id, (entry = { sends: [], events: [], end: null }));
    return entry;
  }

  /** Kept for a while: it may be sent once more. */
  #close(id: string, entry: Entry, end: Entry['end']): void {
    entry.end = end;
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (this.#entries.size <= KEPT) return;
    for (const [old, { end: over }] of this.#entries) {
      if (over === null && !this.isDead(clientOf(old))) continue;
      if (over === null) this.gone++;
      this.#entries.delete(old);
      return;
    }
  }

  #count({ answer, error }: Settlement): void {
    const name = answer ? 'answered' : (error?.code ?? error?.name ?? 'unknown');
    this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + 1);
  }

  #violate(wrong: Violation['wrong'], what: string, id: string | null, session: string): void {
    const violation: Violation = { wrong, what, history: [] };
    this.violations.push(violation);
    const look = (): void => {
      const history = id === null ? [] : this.history(id);
      violation.history = [...history, `--- ${session}`, ...this.#ring(session)].slice(-RING * 2);
    };
    look();
    // What the clients say of it comes a moment later.
    setTimeout(look, SAID_WITHIN).unref();
  }

  #overlaps(spans: Change[], session: string, from: number, to: number): boolean {
    return spans.some((span) => span.session === session && span.from <= to && span.to >= from);
  }

  #ring(session: string): string[] {
    let ring = this.#rings.get(session);
    if (!ring) this.#rings.set(session, (ring = []));
    return ring;
  }

  #refreshCount(session: string): number {
    return this.#refreshes.get(session) ?? 0;
  }

  #stamp(at: number, what: string): string {
    return `${at - this.#start} ms ${what}`;
  }
}

/** The name of the client is in front of the number of the request. */
const clientOf = (id: string): string => id.slice(0, id.lastIndexOf('.'));

function push(ring: string[], line: string): void {
  ring.push(line);
  if (ring.length > RING) ring.shift();
}

function span(spans: Change[], session: string): () => void {
  const change = { session, from: Date.now(), to: Infinity };
  spans.push(change);
  return () => {
    change.to = Date.now();
  };
}
