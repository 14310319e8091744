import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { inspectJson } from '../json/exact-json.js';
import { DeliveryError } from '../providers/delivery-error.js';

/** Time a client has to send a JSON body, milliseconds (reliability sheet T13). */
const BODY_TIMEOUT_MS = 10_000;

/** Reason of the refusal of a body that took longer. */
const BODY_TIMEOUT = 'body-timeout';

/** Deepest nesting that is accepted: deeper bodies exhaust the stack of what comes after. */
export const MAX_DEPTH = 20;

export interface JsonBodyOptions {
  /** Bytes. */
  readonly limit: number;
  /** Accept any Content-Type; system A's four routes do. */
  readonly anyContentType: boolean;
  /** No body at all counts as an empty object. */
  readonly optional?: boolean;
}

/**
 * Reads a JSON body: refuses what is too large before it is read, what is not JSON in UTF-8, what is too deep, and
 * numbers that would lose digits.
 * @returns the object, or a promise of it when it has not come as a whole
 * @throws DeliveryError kinds `too-large`, `unsupported-media`, `invalid-request`
 */
export function readJsonBody(request: IncomingMessage, options: JsonBodyOptions): object | Promise<object> {
  if (options.optional && hasNoBody(request)) return {};
  requireReadable(request, options);
  // Most bodies came with their heads, in one packet: they need neither a time limit nor anybody who listens.
  if (isThere(request)) return parse(decode(takeBytes(request)));
  return new Promise((resolve, reject) => {
    readBytes(request, options.limit, reject, (bytes) => resolve(parse(decode(bytes))));
  });
}

/** @throws DeliveryError for what is refused by its headers */
function requireReadable({ headers }: IncomingMessage, { anyContentType, limit }: JsonBodyOptions): void {
  if (!anyContentType) requireJson(headers['content-type']);
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw new DeliveryError('unsupported-media', {
      reason: 'content-encoding',
      hint: { zh: '请求体不能压缩', en: 'Send the body without compression' },
    });
  }
  if (Number(headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

/** Did the body not arrive in time? Nothing more is to be expected from its sender then. */
export function isBodyTimeout(error: unknown): boolean {
  return error instanceof DeliveryError && error.details.reason === BODY_TIMEOUT;
}

/** Parses a JSON text under the rules of {@link readJsonBody}. */
function parse(text: string): object {
  const { depth, unkeepable } = inspectJson(text, MAX_DEPTH);
  if (depth > MAX_DEPTH) throw bodyComplaint(`嵌套超过 ${MAX_DEPTH} 层`, `is nested deeper than ${MAX_DEPTH} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    throw bodyComplaint('不是有效的 JSON', 'is not valid JSON');
  }
  if (unkeepable !== undefined) {
    const shown = unkeepable.slice(0, 40);
    throw bodyComplaint(
      `数字 ${shown} 超出可精确表示的范围，请用文本`,
      `has the number ${shown}, which would lose digits: send it as text`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bodyComplaint('必须是 JSON 对象', 'must be a JSON object');
  }
  return value;
}

function hasNoBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}

function requireJson(contentType = ''): void {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const json = /^application\/(?:[\w.+-]+\+)?json$/.test(type.trim());
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (!json || !utf8) throw new DeliveryError('unsupported-media', { reason: 'content-type' });
}

/** Has a body of a known length come as a whole? That it is not longer than allowed is known by then. */
function isThere(request: IncomingMessage): boolean {
  const { readableLength } = request;
  return readableLength > 0 && readableLength === Number(request.headers['content-length']) && !request.destroyed;
}

function takeBytes(request: IncomingMessage): Buffer {
  const bytes = request.read() as Buffer;
  // Nothing more comes but the end, which must be seen.
  request.resume();
  return bytes;
}

/** @param done called with the whole body; what it throws is the failure of the reading */
function readBytes(
  request: IncomingMessage,
  limit: number,
  failed: (error: unknown) => void,
  done: (bytes: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = (): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
  };
  const fail = (error: unknown): void => {
    stop();
    failed(error);
  };
  const onData = (chunk: Buffer): void => {
    size += chunk.byteLength;
    if (size <= limit) chunks.push(chunk);
    else fail(tooLarge(limit));
  };
  const onEnd = (): void => {
    stop();
    try {
      done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    } catch (error) {
      failed(error);
    }
  };
  const onGone = (): void => fail(incompleteBody());
  const timer = setTimeout(
    () => fail(bodyComplaint('接收超时', 'took too long to arrive', BODY_TIMEOUT)),
    BODY_TIMEOUT_MS,
  );
  request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  // Its sender left while somebody else was asked; nothing more will be heard of it.
  if (request.destroyed) onGone();
}

function decode(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (!isUtf8(bytes)) throw bodyComplaint('不是有效的 UTF-8', 'is not valid UTF-8');
  const text = bytes.toString('utf8');
  // A byte order mark is no part of the JSON.
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** The failure of a request whose sender left before its body had come. */
export function incompleteBody(): DeliveryError {
  return bodyComplaint('没有收完', 'was not received completely');
}

function tooLarge(limit: number): DeliveryError {
  return new DeliveryError('too-large', {
    hint: { zh: `请求体最多 ${limit} 字节`, en: `The body may have at most ${limit} bytes` },
  });
}

function bodyComplaint(zh: string, en: string, reason?: string): DeliveryError {
  const { kind, details } = DeliveryError.invalid([{ path: 'body', message: { zh, en } }]);
  return new DeliveryError(kind, { ...details, ...(reason === undefined ? {} : { reason }) });
}
