import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Redactor } from './redactor.js';

export type { Logger };

/** Longest buffered delay of a line, milliseconds. */
const FLUSH_MS = 200;

export interface LogOutput {
  readonly logger: Logger;
  /** Writes out what is buffered; call before the process ends. */
  flush(): void;
}

/**
 * JSON lines on stdout. Every line passes the redactor on its way out, so a secret cannot leave through a field that
 * nobody thought of.
 * @param sink where lines go; tests pass their own
 */
export function createLogger(level: string, redactor: Redactor, sink?: (line: string) => void): LogOutput {
  const stdout = sink ? undefined : pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: FLUSH_MS });
  const stream: DestinationStream = {
    write: (line) => {
      const safe = redactor.redact(line);
      if (sink) sink(safe);
      else stdout?.write(safe);
    },
  };
  const logger = pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return { logger, flush: () => stdout?.flushSync() };
}

/** Nest's own messages as lines of ours: its route listing is a debug matter. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: unknown): void {
    this.logger.trace({ context }, String(message));
  }

  debug(message: unknown, context?: unknown): void {
    this.logger.trace({ context }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ context: rest.at(-1) }, String(message));
  }
}
