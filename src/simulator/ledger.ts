import type { Fault } from './faults.js';

/** One part of a multipart body: its measures, not its bytes. */
export interface PartRecord {
  readonly name: string;
  readonly filename?: string;
  readonly contentType?: string;
  readonly bytes: number;
  /** Hex digest of the content, to compare with what a test uploaded. */
  readonly sha256: string;
}

/**
 * How a call ended: `answered` (perhaps wrongly), `cut` (socket destroyed before the answer was complete), `hung`
 * (nothing will ever be answered), or `pending`.
 */
export type CallOutcome = 'pending' | 'answered' | 'cut' | 'hung';

/** One HTTP call as it arrived, and what became of it. Tokens and secrets are kept as sent. */
export interface CallRecord {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  /** Number of the TCP connection that carried the call, counted from 1. */
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Text of the body, at most its first {@link RECORDED_TEXT} characters; empty for multipart, see `parts`. */
  readonly body: string;
  readonly bodyBytes: number;
  readonly parts?: readonly PartRecord[];
  readonly fault?: Fault['kind'];
  outcome: CallOutcome;
  status?: number;
  /** Text of the answer, as far as it was meant to be sent; cut at {@link RECORDED_TEXT} characters. */
  answer?: string;
}

/** To whom a message was addressed, in the words common to the platforms. */
export interface Recipients {
  readonly users?: readonly string[];
  readonly departments?: readonly string[];
  readonly tags?: readonly string[];
  readonly all?: boolean;
  readonly chat?: string;
  readonly robot?: string;
}

/** A recipient who was silently left out although the platform answered "accepted". */
export interface HiddenRecipient {
  readonly user: string;
  /** Code of the platform's rule, or words where it has none. */
  readonly because: string;
}

/** One message that the platform accepted. Contains no token. */
export interface MessageRecord {
  /** The id the platform answered with: task id, message id … */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly provider: string;
  /** Name of the app in the gateway's configuration. */
  readonly app: string;
  /** For example `chat.send`. */
  readonly operation: string;
  readonly recipients: Recipients;
  readonly msgtype: string;
  /** The message object as received. */
  readonly content: unknown;
  /** False if nobody got to see it. */
  readonly shown: boolean;
  readonly hiddenBecause?: string;
  readonly hiddenFrom?: readonly HiddenRecipient[];
  /** ISO 8601; set once the message was taken back. */
  readonly recalledAt?: string;
}

export type MessageListener = (message: MessageRecord) => void;

export interface LedgerOptions {
  /** How many calls, and how many messages, are remembered; the oldest give way. Default 10,000. */
  readonly limit?: number;
  readonly clock?: () => number;
}

/** Longest body or answer text that a call record keeps. */
export const RECORDED_TEXT = 65_536;

/** What a simulator has received, for tests to read and for the sandbox to show. Bounded. */
export class Ledger {
  private readonly limit: number;
  private readonly clock: () => number;
  private readonly listeners = new Set<MessageListener>();
  private callRecords: CallRecord[] = [];
  private messageRecords = new Map<string, MessageRecord>();
  private lastSeq = 0;

  constructor(options: LedgerOptions = {}) {
    this.limit = options.limit ?? 10_000;
    this.clock = options.clock ?? Date.now;
  }

  /** Calls in order of arrival, all or those of one exact path. */
  calls(filter: { path?: string } = {}): readonly CallRecord[] {
    return this.callRecords.filter((call) => filter.path === undefined || call.path === filter.path);
  }

  /** Accepted messages, the oldest first. */
  messages(filter: { operation?: string; app?: string } = {}): readonly MessageRecord[] {
    return [...this.messageRecords.values()].filter(
      (message) =>
        (filter.operation === undefined || message.operation === filter.operation) &&
        (filter.app === undefined || message.app === filter.app),
    );
  }

  message(id: string): MessageRecord | undefined {
    return this.messageRecords.get(id);
  }

  /** Calls the listener with every message accepted from now on. Returns the way to stop. */
  onMessage(listener: MessageListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Forgets calls and messages; listeners and numbering stay. */
  clear(): void {
    this.callRecords = [];
    this.messageRecords.clear();
  }

  /** Opens the record of a call; its outcome is filled in by the server that received it. */
  recordCall(call: Omit<CallRecord, 'seq' | 'at' | 'outcome'>): CallRecord {
    const record: CallRecord = {
      ...call,
      seq: ++this.lastSeq,
      at: this.now(),
      body: call.body.slice(0, RECORDED_TEXT),
      outcome: 'pending',
    };
    this.callRecords.push(record);
    if (this.callRecords.length > this.limit) this.callRecords.shift();
    return record;
  }

  recordMessage(message: Omit<MessageRecord, 'at' | 'recalledAt'>): MessageRecord {
    const record: MessageRecord = { ...message, at: this.now() };
    this.messageRecords.set(record.id, record);
    if (this.messageRecords.size > this.limit) {
      const [oldest] = this.messageRecords.keys();
      if (oldest !== undefined) this.messageRecords.delete(oldest);
    }
    for (const listener of this.listeners) listener(record);
    return record;
  }

  /** Marks a message as taken back. An id that is no longer remembered is passed over. */
  recordRecall(id: string): void {
    const message = this.messageRecords.get(id);
    if (message) this.messageRecords.set(id, { ...message, recalledAt: this.now() });
  }

  private now(): string {
    return new Date(this.clock()).toISOString();
  }
}
