import { request as httpRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https';

/** Answers above this are not read on; one to a batch of ours is far smaller. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Only what the verdict needs. Every item keeps its status, so that items stay countable. */
const PATH = '/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason';

export interface BulkAnswer {
  readonly status: number;
  readonly body: string;
}

export interface BulkTarget {
  /** May hold user name and password. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly apiKey?: string | undefined;
}

/**
 * Sends to the `_bulk` API, over one kept connection. Made on node:http because the shipper needs three things that
 * fetch does not give: a deadline over the whole exchange that also covers the connection, an answer of limited size,
 * and a connection of its own that ends when the process wants to end. It follows no redirect, because a redirect would
 * take the credentials along.
 */
export class BulkClient {
  private readonly url: URL;
  private readonly headers: Record<string, string>;
  private readonly agent: HttpAgent;
  private readonly secure: boolean;

  constructor(target: BulkTarget) {
    const base = new URL(target.url);
    this.secure = base.protocol === 'https:';
    const authorization = authorizationOf(target, base);
    this.headers = {
      'content-type': 'application/x-ndjson',
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    };
    base.username = '';
    base.password = '';
    this.url = new URL(base.href.replace(/\/+$/, '') + PATH);
    const options = { keepAlive: true, maxSockets: 1 };
    this.agent = this.secure ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /**
   * One request, once.
   * @throws Error with a short message when there is no whole answer within the time
   */
  send(body: string, milliseconds: number): Promise<BulkAnswer> {
    const bytes = Buffer.from(body);
    return new Promise((resolve, reject) => {
      const send = this.secure ? httpsRequest : httpRequest;
      const request = send(this.url, {
        method: 'POST',
        agent: this.agent,
        headers: { ...this.headers, 'content-length': bytes.byteLength },
      });
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        action();
      };
      request.once('response', (response) =>
        readAll(response).then(
          (text) => settle(() => resolve({ status: response.statusCode ?? 0, body: text })),
          (error: unknown) => {
            request.destroy();
            settle(() => reject(shortError(error)));
          },
        ),
      );
      // Stays listening: a connection that breaks after the answer must not become an uncaught error.
      request.on('error', (error) => settle(() => reject(shortError(error))));
      request.end(bytes);
    });
  }

  /** Ends the connection; a request under way fails. */
  close(): void {
    this.agent.destroy();
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).byteLength;
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

function authorizationOf(target: BulkTarget, base: URL): string | undefined {
  if (target.apiKey !== undefined) return `ApiKey ${target.apiKey}`;
  const username = target.username ?? decodeURIComponent(base.username);
  const password = target.password ?? decodeURIComponent(base.password);
  return username === '' ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A code where there is one: messages of network errors name addresses. */
function shortError(error: unknown): Error {
  const { code, message } = error as { code?: string; message?: string };
  return new Error(code ?? message ?? 'failed');
}
