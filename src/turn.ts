/**
 * Gathers what comes in one turn of the event loop, and hands it over when there is nothing left to do at once. Nobody
 * waits on purpose: in a quiet process each item is handed over by itself. See docs/decisions/turns.md.
 */
export class Turn<Item> {
  private items: Item[] = [];

  /** @param done gets the items of a turn, in the order in which they came */
  constructor(private readonly done: (items: readonly Item[]) => void) {}

  add(item: Item): void {
    if (this.items.push(item) > 1) return;
    setImmediate(() => {
      const { items } = this;
      this.items = [];
      this.done(items);
    });
  }
}
