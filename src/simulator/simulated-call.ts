import type { IncomingHttpHeaders } from 'node:http';
import { parseMultipart, type MultipartPart } from './multipart.js';

/** What a platform says to a call. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The usual answer. */
export function jsonAnswer(body: unknown, status = 200): Answer {
  return jsonTextAnswer(JSON.stringify(body) ?? '', status);
}

/** JSON that JSON.stringify could not have written, for example numbers above 2^53. */
export function jsonTextAnswer(json: string, status = 200): Answer {
  return { status, contentType: 'application/json;charset=utf-8', body: json };
}

export interface CallHead {
  readonly method: string;
  /** As sent: neither decoded nor normalised, so that a sloppy URL is an unknown path. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Address of the caller. */
  readonly remoteAddress: string;
  /** Number of the TCP connection, counted from 1. */
  readonly connection: number;
}

/** One call that arrived whole: head, body, and the parameters found in its path. */
export class SimulatedCall implements CallHead {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string;
  readonly connection: number;
  /** Values of `:name` segments of the route, percent-decoded. */
  params: Readonly<Record<string, string>> = {};

  constructor(
    head: CallHead,
    readonly body: Buffer,
  ) {
    this.method = head.method;
    this.path = head.path;
    this.query = head.query;
    this.headers = head.headers;
    this.remoteAddress = head.remoteAddress;
    this.connection = head.connection;
  }

  /** Media type in lower case without its parameters; empty if none was sent. */
  get mediaType(): string {
    return (this.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  }

  text(): string {
    return this.body.toString('utf8');
  }

  /** @throws SyntaxError if the body is not JSON, whatever its Content-Type says */
  json(): unknown {
    return JSON.parse(this.text());
  }

  form(): URLSearchParams {
    return new URLSearchParams(this.text());
  }

  /** @throws MultipartError */
  multipart(): MultipartPart[] {
    return parseMultipart(this.headers['content-type'] ?? '', this.body);
  }
}
