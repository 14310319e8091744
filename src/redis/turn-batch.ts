import { Turn } from '../turn.js';

interface Asked<Item, Reply> {
  readonly item: Item;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** How a {@link TurnBatch} gathers. */
export interface TurnBatchOptions {
  /**
   * Only one call at a time, and this long, milliseconds, between the end of one and the next, unless there is enough
   * for a full one: what is asked meanwhile travels together. For what nobody waits for, and for calls that end by
   * themselves in any case: the next one waits for them.
   */
  readonly pauseMs?: number;
}

/**
 * Joins what is asked of Redis in one turn of the event loop into one call, in the order in which it was asked. Nobody
 * waits for others: a turn ends when there is nothing left to do at once, so a quiet process asks for each by itself,
 * and a busy one asks seldom and for many. Each has an answer, or an error, of its own.
 */
export class TurnBatch<Item, Reply> {
  private readonly turn: Turn<Asked<Item, Reply>>;
  private readonly pauseMs: number | undefined;
  /** Asked in earlier turns, and waiting for the end of a call and of the pause after it. */
  private waiting: Asked<Item, Reply>[] = [];
  private busy = 0;

  /**
   * @param most items of one call: Redis does nothing else meanwhile
   * @param call an answer or an error for each item, in order; when it throws, that is the answer to all of them
   */
  constructor(
    private readonly most: number,
    private readonly call: (items: readonly Item[]) => Promise<readonly (Reply | Error)[]>,
    { pauseMs }: TurnBatchOptions = {},
  ) {
    this.pauseMs = pauseMs;
    this.turn = new Turn(most, (asked) => this.gathered(asked));
  }

  add(item: Item): Promise<Reply> {
    return new Promise((resolve, reject) => this.turn.add({ item, resolve, reject }));
  }

  /** Sends what waits, now. */
  flush(): void {
    while (this.waiting.length > 0) void this.send(this.waiting.splice(0, this.most));
  }

  private gathered(asked: readonly Asked<Item, Reply>[]): void {
    if (this.pauseMs === undefined) void this.send(asked);
    else {
      this.waiting.push(...asked);
      this.goOn(this.pauseMs);
    }
  }

  /** Sends what waits: as much as there is when nothing is under way, else only what makes a full call. */
  private goOn(pauseMs: number): void {
    while (this.waiting.length >= this.most || (this.waiting.length > 0 && this.busy === 0)) {
      this.busy += 1;
      void this.send(this.waiting.splice(0, this.most)).then(() =>
        setTimeout(() => {
          this.busy -= 1;
          this.goOn(pauseMs);
        }, pauseMs),
      );
    }
  }

  private async send(asked: readonly Asked<Item, Reply>[]): Promise<void> {
    try {
      const replies = await this.call(asked.map(({ item }) => item));
      asked.forEach(({ resolve, reject }, i) => {
        const reply = replies[i];
        if (reply === undefined) reject(new Error('no answer for one of several'));
        else if (reply instanceof Error) reject(reply);
        else resolve(reply);
      });
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
