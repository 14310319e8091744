/**
 * So many requests or answers stay together at most. More do not get cheaper, and those who came together would stay
 * together for good: all of them prepared before the first one leaves, then nothing to do until the first one is back.
 * Gain: docs/performance.md.
 */
export const MOST_IN_STEP = 32;

/** What is still to be done at the end of this turn, which has come; absent while the turn runs. */
let ending: (() => void)[] | undefined;

/** Does something at the end of this turn of the event loop; if that is now, right after what is being done. */
export function atEndOfTurn(action: () => void): void {
  if (ending) ending.push(action);
  else atNextEnd(action);
}

/** Does something at the end of a turn, but not before the event loop has looked at its sockets once more, or at all. */
export function atNextEnd(action: () => void): void {
  setImmediate(end, action);
}

function end(action: () => void): void {
  const actions = [action];
  ending = actions;
  let done = 0;
  try {
    // It grows meanwhile.
    for (; done < actions.length; done += 1) (actions[done] as () => void)();
  } finally {
    ending = undefined;
    // One that throws does not take the others with it.
    for (const left of actions.slice(done + 1)) atNextEnd(left);
  }
}

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
    else if (count === 1) atEndOfTurn(() => this.end());
  }

  private end(): void {
    const { items } = this;
    if (items.length === 0) return;
    this.items = [];
    this.done(items);
  }
}
