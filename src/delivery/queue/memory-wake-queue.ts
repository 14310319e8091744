import { once } from './slots.js';
import type { OnWake, WakeQueue } from '../wake-queue.js';

/** Wake-ups inside one process, for a gateway without Redis. */
export class MemoryWakeQueue implements WakeQueue {
  readonly full = false;
  private readonly waiting = new Set<string>();
  private running = 0;
  private room = 0;
  private closed = false;
  private onWake: OnWake | undefined;
  private idle: (() => void) | undefined;

  wake(id: string): Promise<void> {
    if (!this.closed) {
      this.waiting.add(id);
      setImmediate(() => this.next());
    }
    return Promise.resolve();
  }

  work(concurrency: number, onWake: OnWake): Promise<void> {
    this.room = concurrency;
    this.onWake = onWake;
    setImmediate(() => this.next());
    return Promise.resolve();
  }

  depth(): Promise<number> {
    return Promise.resolve(this.waiting.size);
  }

  close(): Promise<void> {
    this.closed = true;
    this.waiting.clear();
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => (this.idle = resolve));
  }

  private next(): void {
    while (this.onWake && this.room > 0 && this.waiting.size > 0) {
      const id = this.waiting.values().next().value as string;
      this.waiting.delete(id);
      this.running += 1;
      this.room -= 1;
      const makeRoom = once(() => this.makeRoom());
      void this.onWake(id, makeRoom).finally(() => this.done(makeRoom));
    }
  }

  private makeRoom(): void {
    this.room += 1;
    if (!this.closed) this.next();
  }

  private done(makeRoom: () => void): void {
    this.running -= 1;
    if (this.running === 0) this.idle?.();
    makeRoom();
  }
}
