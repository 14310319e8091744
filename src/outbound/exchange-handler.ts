import type { Dispatcher } from 'undici';
import type { Deadline, Stoppable, StopReason } from './deadline.js';
import type { Exchange } from './exchange.js';

/** Library and system codes that are safe to name in a log: they hold no address. */
const NAMED =
  /^(E[A-Z]+|UND_ERR_[A-Z_]+|ERR_[A-Z_]+|CERT_[A-Z_]+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]+|HPE_[A-Z_]+)$/;

/**
 * Follows one request through undici and settles one promise with what became of it.
 *
 * undici's `request()` cannot tell a request that waited for a connection from one whose bytes left, and that is the
 * very difference between "repeat it" and "never repeat it". The dispatch handler can: `onRequestStart` runs right
 * before the first byte is written.
 */
export class ExchangeHandler implements Dispatcher.DispatchHandler, Stoppable {
  readonly exchange: Promise<Exchange>;
  private settle!: (exchange: Exchange) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private started = false;
  private settled = false;
  private status = 0;
  private contentType = '';
  private readonly chunks: Buffer[] = [];
  private size = 0;

  /** @param maxBytes answers above this size are not read further */
  constructor(
    private readonly deadline: Deadline,
    private readonly maxBytes: number,
  ) {
    this.exchange = new Promise((resolve) => (this.settle = resolve));
    deadline.watch(this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.settled) {
      controller.abort(new Error('stopped before it was written'));
      return;
    }
    this.started = true;
    this.controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.status = status;
    const type = headers['content-type'];
    this.contentType = typeof type === 'string' ? type : '';
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.byteLength;
    if (this.size > this.maxBytes) {
      this.finish({ outcome: 'unknown', reason: 'answer-too-large' });
      controller.abort(new Error('answer too large'));
      return;
    }
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const { status, contentType, chunks } = this;
    const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, this.size);
    this.finish({ outcome: 'answered', status, contentType, text: bytes.toString('utf8') });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    const reason = reasonOf(error);
    this.finish(this.started ? { outcome: 'unknown', reason } : { outcome: 'not-written', reason });
  }

  stop(reason: StopReason): void {
    this.finish(this.started ? { outcome: 'unknown', reason } : { outcome: 'not-written', reason });
    this.controller?.abort(new Error(reason));
  }

  private finish(exchange: Exchange): void {
    if (this.settled) return;
    this.settled = true;
    this.deadline.letGo(this);
    this.settle(exchange);
  }
}

/** Name of an error without its message: messages of the HTTP library may quote addresses. */
export function reasonOf(error: unknown): string {
  const seen = [error, (error as { cause?: unknown } | undefined)?.cause];
  for (const candidate of seen) {
    const code = (candidate as { code?: unknown } | undefined)?.code;
    if (typeof code === 'string' && NAMED.test(code)) return code;
  }
  return 'connection-failed';
}
