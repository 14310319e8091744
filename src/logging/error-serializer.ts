import { cutText } from './safe-line.js';

/** What is logged of an error. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  /** Where it was made, one frame per line, nearest first; without the message, which stands by itself. */
  readonly stack?: string;
  readonly cause?: LoggedError;
}

const MAX_MESSAGE = 500;
const MAX_FRAMES = 20;
const MAX_CAUSES = 3;

/** `JSON.parse` quotes the text it was given, which may be somebody's message. */
const QUOTES_THE_TEXT = /^.*is not valid JSON$/s;

/**
 * An error as log lines show it: what it is and where it happened. Its other members are left out, because libraries
 * hang whatever they were working on there: the body of the request, headers, configuration.
 */
export function serializeError(error: unknown): LoggedError {
  return serialize(error, MAX_CAUSES);
}

function serialize(error: unknown, causes: number): LoggedError {
  if (!(error instanceof Error)) return notAnError(error);
  const { code } = error as { code?: unknown };
  const stack = frames(error);
  return {
    type: error.name,
    message: messageOf(error),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === '' ? {} : { stack }),
    ...(error.cause === undefined || causes === 0 ? {} : { cause: serialize(error.cause, causes - 1) }),
  };
}

function frames(error: Error): string {
  if (typeof error.stack !== 'string') return '';
  // The message comes first in the stack, and may contain whatever looks like a frame.
  const from = error.stack.indexOf(error.message) + error.message.length;
  return error.stack
    .slice(from)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())
    .join('\n');
}

/** Where the error was made, as one short text; what tells one bug from another. */
export function originOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return `${error.name} ${frames(error).split('\n', 1)[0]}`.trim();
}

function messageOf(error: Error): string {
  if (error instanceof SyntaxError && QUOTES_THE_TEXT.test(error.message)) return 'the text is not valid JSON';
  return cutText(error.message, MAX_MESSAGE);
}

/** Anything can be thrown; text is shown, an object is only named. */
function notAnError(thrown: unknown): LoggedError {
  if (typeof thrown === 'string') return { type: 'string', message: cutText(thrown, MAX_MESSAGE) };
  const type = typeof thrown === 'object' && thrown !== null ? thrown.constructor?.name : typeof thrown;
  return { type: type ?? 'object', message: 'something that is not an Error was thrown' };
}
