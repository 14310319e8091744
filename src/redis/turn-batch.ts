import { Turn } from '../turn.js';

interface Asked<Item, Reply> {
  readonly item: Item;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins what is asked of Redis in one turn of the event loop into one call, in the order in which it was asked. Nobody
 * waits for others: a turn ends when there is nothing left to do at once, so a quiet process asks for each by itself,
 * and a busy one asks seldom and for many. Each has an answer, or an error, of its own.
 */
export class TurnBatch<Item, Reply> {
  private readonly turn: Turn<Asked<Item, Reply>>;

  /**
   * @param most items of one call: Redis does nothing else meanwhile
   * @param call an answer or an error for each item, in order; when it throws, that is the answer to all of them
   */
  constructor(
    most: number,
    private readonly call: (items: readonly Item[]) => Promise<readonly (Reply | Error)[]>,
  ) {
    this.turn = new Turn(most, (asked) => void this.send(asked));
  }

  add(item: Item): Promise<Reply> {
    return new Promise((resolve, reject) => this.turn.add({ item, resolve, reject }));
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
