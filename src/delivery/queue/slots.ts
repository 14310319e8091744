/** Places for work that runs side by side; who finds none waits in line. */
export class Slots {
  private readonly line: ((taken: boolean) => void)[] = [];
  private closed = false;

  constructor(private free: number) {}

  /** Takes a place, later if need be. `false`: there will be none any more. */
  take(): boolean | Promise<boolean> {
    if (this.closed) return false;
    if (this.free === 0) return new Promise((resolve) => this.line.push(resolve));
    this.free -= 1;
    return true;
  }

  giveBack(): void {
    const next = this.line.shift();
    if (next) next(true);
    else this.free += 1;
  }

  /** Who stands in line goes away without a place. */
  close(): void {
    this.closed = true;
    for (const next of this.line.splice(0)) next(false);
  }
}

/** Does it the first time it is called. */
export function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
