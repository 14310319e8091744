import type { Redis } from 'ioredis';
import { StoreFullError, StoreUnansweredError } from '../delivery-store.js';
import { CALLBACK_POSTPONE, CALLBACK_REMOVE, CALLBACK_TAKE } from './scripts/callbacks.js';
import { APPS, COUNTS, GET, LIST, OVERDUE, PRUNE } from './scripts/overview.js';
import { DRAW, PACING } from './scripts/pacing.js';
import { PRELUDE } from './scripts/prelude.js';
import { ACCEPT, CANCEL, REPLAY } from './scripts/requests.js';
import { WORK } from './scripts/work.js';

/** Whoever has the connection: `undefined` while Redis cannot be asked. `RedisService` is one, `RedisConnection` too. */
export interface RedisSource {
  readonly client: Redis | undefined;
}

/** Longest wait for one answer of the store, milliseconds; a script that Redis has forgotten takes two commands. */
const ANSWER_MS = 1_900;

/**
 * Deliveries in one call at most: a script holds up everybody else for about 50 µs each, and 50 at once were no faster.
 */
export const MOST_AT_ONCE = 16;

/**
 * What a script may do where Redis asks (from 7 on): what serves accepted deliveries runs even when memory is full,
 * what only reads runs when the disk is.
 */
const FULL_MEMORY = '#!lua flags=allow-oom\n';
const READS = '#!lua flags=no-writes\n';
const GROWS = '#!lua\n';
/**
 * What stands there for Redis before 7, which knows no such line: it refuses to write for want of memory only until a
 * script has written anything, so what must run writes nothing that needs memory first.
 * https://github.com/redis/redis/blob/6.0/src/scripting.c
 */
const FULL_MEMORY_BEFORE_7 = "redis.call('DEL', '{mc}:none')\n";

const SCRIPTS = {
  mcDeliveryAccept: [GROWS, ACCEPT],
  mcDeliveryWork: [FULL_MEMORY, PACING + WORK],
  mcDeliveryDraw: [FULL_MEMORY, PACING + DRAW],
  mcDeliveryCancel: [FULL_MEMORY, CANCEL],
  mcDeliveryReplay: [GROWS, REPLAY],
  mcDeliveryGet: [READS, GET],
  mcDeliveryApps: [READS, APPS],
  mcDeliveryList: [READS, LIST],
  mcDeliveryCounts: [READS, COUNTS],
  mcDeliveryOverdue: [FULL_MEMORY, OVERDUE],
  mcDeliveryPrune: [FULL_MEMORY, PRUNE],
  mcCallbackTake: [FULL_MEMORY, CALLBACK_TAKE],
  mcCallbackPostpone: [FULL_MEMORY, CALLBACK_POSTPONE],
  mcCallbackRemove: [FULL_MEMORY, CALLBACK_REMOVE],
} as const;

export type DeliveryCommand = keyof typeof SCRIPTS;

type Scripted = Record<DeliveryCommand, (key: string, ...args: (string | number)[]) => Promise<unknown>>;

/** Runs the store's scripts: on any connection, with a deadline, and with errors of the store. */
export class DeliveryCommands {
  /** Connections that know the scripts, with the line in front of them or without. */
  private readonly prepared = new WeakMap<Redis, boolean>();
  /** Redis before 7 does not know the line in front of a script. */
  private flags = true;

  constructor(private readonly source: RedisSource) {}

  /**
   * @param args go to the script as ARGV
   * @throws StoreUnansweredError, or StoreFullError when Redis refused to write for want of memory
   */
  async run(
    command: DeliveryCommand,
    args: readonly (string | number)[],
    client = this.source.client,
  ): Promise<unknown> {
    if (!client) throw new StoreUnansweredError('Redis is away');
    try {
      return await answerOf(this.send(client, command, args));
    } catch (error) {
      throw asStoreError(error, command);
    }
  }

  private async send(client: Redis, command: DeliveryCommand, args: readonly (string | number)[]): Promise<unknown> {
    const { flags } = this;
    this.prepare(client, flags);
    try {
      return await (client as unknown as Scripted)[command]('{mc}:due', ...args);
    } catch (error) {
      if (!flags) throw error;
      // Of several that are sent together the first one tells; for the others there is no such script.
      if (/compiling script/i.test(String(error))) this.flags = false;
      else if (this.flags || !/NOSCRIPT/.test(String(error))) throw error;
      return this.send(client, command, args);
    }
  }

  private prepare(client: Redis, withFlags: boolean): void {
    if (this.prepared.get(client) === withFlags) return;
    for (const [name, [flags, body]] of Object.entries(SCRIPTS)) {
      const before7 = flags === FULL_MEMORY ? FULL_MEMORY_BEFORE_7 : '';
      client.defineCommand(name, { numberOfKeys: 1, lua: (withFlags ? flags : before7) + PRELUDE + body });
    }
    this.prepared.set(client, withFlags);
  }
}

/** The value, or an error when it takes longer than a caller waits. */
export async function answerOf<T>(promise: Promise<T>, milliseconds = ANSWER_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnansweredError('Redis did not answer in time')), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a script answers for one of several with which something went wrong. */
type ErrorReply = readonly ['error', string];

/** The answers of a script that is asked for several, what went wrong as errors of the store. */
export function withErrors<Reply extends readonly [string, ...unknown[]]>(
  command: DeliveryCommand,
  replies: readonly (Reply | ErrorReply)[],
): (Reply | Error)[] {
  return replies.map((reply) =>
    reply[0] === 'error' ? asStoreError(new Error(String(reply[1])), command) : (reply as Reply),
  );
}

export function asUnanswered(error: unknown): StoreUnansweredError {
  if (error instanceof StoreUnansweredError) return error;
  return new StoreUnansweredError(`Redis did not answer: ${(error as Error).message}`, { cause: error });
}

function asStoreError(error: unknown, command: DeliveryCommand): Error {
  if (error instanceof StoreUnansweredError) return error;
  const { message } = error as Error;
  // The script was refused as a whole: nothing was written.
  if (/^OOM |used memory > 'maxmemory'/.test(message) && SCRIPTS[command][0] === GROWS) {
    return new StoreFullError('Redis is out of memory', { cause: error });
  }
  const written = command === 'mcDeliveryAccept' ? '; the delivery may have been accepted' : '';
  return new StoreUnansweredError(`Redis did not answer: ${message}${written}`, { cause: error });
}
