import { Injectable } from '@nestjs/common';

/** Where the process stands in its life; probes and connections follow it. */
@Injectable()
export class Lifecycle {
  private phase: 'starting' | 'running' | 'draining' = 'starting';
  readonly startedAt = Date.now();

  get draining(): boolean {
    return this.phase === 'draining';
  }

  get ready(): boolean {
    return this.phase === 'running';
  }

  started(): void {
    this.phase = 'running';
  }

  /** From now on: not ready, and connections are told to close. */
  drain(): void {
    this.phase = 'draining';
  }
}
