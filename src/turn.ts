/**
 * So many requests or answers stay together at most. More do not get cheaper, and those who came together would stay
 * together for good: all of them prepared before the first one leaves, then nothing to do until the first one is back.
 * Gain: docs/performance.md.
 */
export const MOST_IN_STEP = 32;

/**
 * Gathers what comes in one turn of the event loop, and hands it over when there is nothing left to do at once, or when
 * there is enough of it. Nobody waits on purpose: in a quiet process each item is handed over by itself. See
 * docs/decisions/turns.md.
 */
export class Turn<Item> {
  private items: Item[] = [];

  /**
   * @param most as many as this do not wait for the end of the turn; `Infinity`: nothing is handed over within it
   * @param done gets the items, in the order in which they came
   */
  constructor(
    private readonly most: number,
    private readonly done: (items: readonly Item[]) => void,
  ) {}

  add(item: Item): void {
    const count = this.items.push(item);
    if (count >= this.most) this.end();
    else if (count === 1) setImmediate(() => this.end());
  }

  private end(): void {
    const { items } = this;
    if (items.length === 0) return;
    this.items = [];
    this.done(items);
  }
}
