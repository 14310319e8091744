import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';

/** Where the process stands in its life; probes and connections follow it. */
@Injectable()
export class Lifecycle {
  private phase: 'starting' | 'running' | 'draining' = 'starting';
  readonly startedAt = Date.now();
  private readonly answers = new Set<ServerResponse>();
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

  /** From now on: not ready, and connections are told to close, those of requests in flight as well. */
  drain(): void {
    this.phase = 'draining';
    for (const answer of this.answers) tellToClose(answer);
  }

  /** An answer is going to be written. */
  begin(answer: ServerResponse): void {
    if (this.draining) tellToClose(answer);
    this.answers.add(answer);
  }

  /** It is written, or its caller has left. */
  end(answer: ServerResponse): void {
    this.answers.delete(answer);
    if (this.answers.size === 0) this.whenAnswered?.();
  }

  /** Resolves once no request is in flight. */
  async answered(): Promise<void> {
    if (this.answers.size > 0) await new Promise<void>((resolve) => (this.whenAnswered = resolve));
  }
}

function tellToClose(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close');
}
