import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Lets work run side by side, and suspects one at a time with nothing beside them, so that a message that ends its
 * process ends it alone. Neither side starves: after a suspect, work goes on for as long as it was held up.
 */
export class SolitaryLane {
  private running = 0;
  private alone = false;
  private held: (() => void)[] = [];
  private emptied: (() => void) | undefined;
  private readonly suspects = new Set<string>();
  private draining: Promise<void> | undefined;
  private readonly closing = new AbortController();

  /** @param work sends one suspect; never throws */
  constructor(private readonly work: (id: string) => Promise<void>) {}

  /** Ordinary work: waits while a suspect is under way. */
  async share(work: () => Promise<void>): Promise<void> {
    while (this.alone) await new Promise<void>((resolve) => this.held.push(resolve));
    this.running += 1;
    try {
      await work();
    } finally {
      this.running -= 1;
      if (this.running === 0) this.emptied?.();
    }
  }

  /** Puts a suspect in line; it is sent later. */
  add(id: string): void {
    if (this.closed) return;
    this.suspects.add(id);
    this.draining ??= this.drain();
  }

  /** Is it taking no suspects any more? */
  get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Takes no further suspect; resolves when the one under way is done. Who is still in line is found by the sweeper. */
  async close(): Promise<void> {
    this.closing.abort();
    this.suspects.clear();
    await this.draining;
  }

  private async drain(): Promise<void> {
    // Whoever adds one has not ended his own work yet.
    await Promise.resolve();
    for (const id of this.suspects) {
      this.suspects.delete(id);
      const asked = performance.now();
      this.alone = true;
      if (this.running > 0) await new Promise<void>((resolve) => (this.emptied = resolve));
      await this.work(id);
      this.alone = false;
      const { held } = this;
      this.held = [];
      for (const goOn of held) goOn();
      if (held.length > 0) await this.pause(performance.now() - asked);
    }
    this.draining = undefined;
  }

  private pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
  }
}
