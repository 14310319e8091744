import { Injectable } from '@nestjs/common';

/** Where the process stands in its life; probes and connections follow it. */
@Injectable()
export class Lifecycle {
  private phase: 'starting' | 'running' | 'draining' = 'starting';
  readonly startedAt = Date.now();
  /** Answers that are going to be written. */
  private answers = 0;
  private whenAnswered: (() => void) | undefined;

  get draining(): boolean {
    return this.phase === 'draining';
  }

  get ready(): boolean {
    return this.phase === 'running';
  }

  started(): void {
    this.phase = 'running';
  }

  /** From now on: not ready. */
  drain(): void {
    this.phase = 'draining';
  }

  /** An answer is going to be written. */
  begin(): void {
    this.answers += 1;
  }

  /** It is written, or its caller has left. */
  end(): void {
    this.answers -= 1;
    if (this.answers === 0) this.whenAnswered?.();
  }

  /** Resolves once no request is in flight. */
  async answered(): Promise<void> {
    if (this.answers > 0) await new Promise<void>((resolve) => (this.whenAnswered = resolve));
  }
}
