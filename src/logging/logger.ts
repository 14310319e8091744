import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { LoggingSettings } from '../config/logging.settings.js';
import { serializeError } from './error-serializer.js';
import { LogPipeline, type LoggingStatus, type PipelineVoice } from './log-pipeline.js';
import type { Redactor } from './redactor.js';
import type { RepeatLimits } from './repeat-limiter.js';
import { StdoutSink } from './stdout-sink.js';

export type { Logger };

const ERROR = 50;

export interface LogOutput {
  readonly logger: Logger;
  /**
   * Takes over the settings: at the start, and after each change of the configuration. Until then lines go to stdout.
   * @param worker number of this worker process, for the names of its files; a process without workers has none
   */
  configure(settings: LoggingSettings, worker?: number): void;
  /** For `/sys/status`. */
  readonly status: () => LoggingStatus;
  /** The orderly end: writes and ships what is pending, within seconds, and tells what could not be shipped. */
  close(): Promise<void>;
  /** The end that cannot wait: writes out what is buffered, ships nothing more; call right before the process ends. */
  flush(): void;
}

/** pino then says of each line what it was made of, so nothing needs to be parsed again. */
interface TellingStream extends DestinationStream {
  lastLevel: number;
  lastObj: Record<string, unknown>;
  lastMsg: string | undefined;
}

/**
 * JSON lines on stdout, and to files and Elasticsearch when configured. Every line passes the redactor on its way out,
 * so a secret cannot leave through a field that nobody thought of.
 * @param sink takes the place of stdout; tests pass their own
 */
export function createLogger(
  level: string,
  redactor: Redactor,
  sink?: (line: string) => void,
  repeats?: RepeatLimits,
): LogOutput {
  const stdout = sink ? { status: { dropped: 0, lastError: null }, write: sink } : new StdoutSink();
  const voice: PipelineVoice = {
    complain: ({ level, fields, message }) => logger[level](fields, message),
    repeat: ({ level, fields, message, repeated }) =>
      logger[level >= ERROR ? 'error' : 'warn']({ ...fields, repeated }, message),
  };
  const pipeline = new LogPipeline(redactor, stdout, voice, repeats);
  const stream: TellingStream = {
    lastLevel: 0,
    lastObj: {},
    lastMsg: undefined,
    write: (line) => pipeline.write(line, stream.lastLevel, stream.lastObj, stream.lastMsg),
  };
  Object.assign(stream, { [Symbol.for('pino.metadata')]: true });
  const logger = pino(
    {
      level,
      base: undefined,
      timestamp: isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
    },
    stream,
  );
  writeInOnePiece(logger);
  return {
    logger,
    configure: (settings, worker) => {
      logger.level = settings.level;
      pipeline.configure(settings, worker);
    },
    status: () => pipeline.status,
    close: () => pipeline.close(),
    flush: () => pipeline.flush(),
  };
}

type AsJson = (this: unknown, fields: Record<string, unknown>, message: unknown, level: number, time: string) => string;

/**
 * pino puts a line together of four pieces for each member, which leaves ten times the line for the collector. A line
 * of ordinary members is the same text when it is made by one `JSON.stringify`; every other one is left to pino. Gain:
 * docs/performance.md.
 * @see https://github.com/pinojs/pino/blob/main/docs/api.md#pino-symbols
 */
function writeInOnePiece(logger: Logger): void {
  const { asJsonSym } = pino.symbols;
  const written = logger as unknown as Record<symbol, AsJson>;
  const pinos = written[asJsonSym] as AsJson;
  written[asJsonSym] = function asJson(fields, message, level, time) {
    const text =
      this === logger && typeof message === 'string' && fields.err === undefined ? jsonOf(fields) : undefined;
    if (text === undefined) return pinos.call(this, fields, message, level, time);
    const members = text.length > 2 ? `,${text.slice(1, -1)}` : '';
    return `{"level":"${pino.levels.labels[level]}"${time}${members},"msg":${JSON.stringify(message)}}\n`;
  };
}

/** Undefined for what has a form of its own, or none. */
function jsonOf(fields: Record<string, unknown>): string | undefined {
  if (Object.getPrototypeOf(fields) !== Object.prototype || 'toJSON' in fields) return undefined;
  try {
    return JSON.stringify(fields);
  } catch {
    return undefined;
  }
}

let told = { at: 0, text: '' };

/** pino's own makes the text anew for each line; lines of one millisecond share it. */
function isoTime(): string {
  const at = Date.now();
  if (at !== told.at) told = { at, text: `,"time":"${new Date(at).toISOString()}"` };
  return told.text;
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
    const err = message instanceof Error ? { err: message } : {};
    this.logger.error({ context: rest.at(-1), ...err }, String(message));
  }
}
