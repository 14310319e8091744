import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One action of a `_bulk` request and the document that follows it. */
export interface BulkLine {
  readonly index: string;
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** What it does with a request. A function decides the status of each line by itself; 0 takes it as usual. */
export type BulkMode =
  | { readonly kind: 'ok' }
  /** Answers so without taking anything. */
  | { readonly kind: 'status'; readonly status: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Stores the documents and breaks the connection instead of answering. */
  | { readonly kind: 'answer-lost' }
  | { readonly kind: 'each'; readonly statusOf: (line: BulkLine, position: number) => number };

export const OK: BulkMode = { kind: 'ok' };

/** A real HTTP server with Elasticsearch's `_bulk` API: create only, one document per id, partial failures. */
export class BulkStandIn {
  mode: BulkMode = OK;
  /** Largest body it takes, bytes. */
  maxBytes = Number.POSITIVE_INFINITY;
  readonly documents = new Map<string, BulkLine>();
  readonly authorizations = new Set<string | undefined>();
  requests = 0;
  /** Lines that came although a document with their id was there. */
  duplicates = 0;
  private server: Server | undefined;
  private port = 0;

  /** Starts; after {@link stop}, at the same address. */
  async start(): Promise<this> {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  /** Goes away: connections break, new ones are refused. */
  async stop(): Promise<void> {
    if (!this.server?.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A member of every document, in the order in which they were first stored. */
  stored(member: string): unknown[] {
    return [...this.documents.values()].map(({ source }) => source[member]);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    this.authorizations.add(request.headers.authorization);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { mode } = this;
    if (mode.kind === 'hang') return;
    if (mode.kind === 'status') return reply(response, mode.status, { error: { type: 'some_exception' } });
    if (body.byteLength > this.maxBytes) return reply(response, 413, { error: 'too large' });
    const lines = parse(request, body.toString('utf8'));
    if (!lines) return reply(response, 400, { error: { type: 'illegal_argument_exception' } });
    const items = lines.map((line, position) =>
      this.take(line, mode.kind === 'each' ? mode.statusOf(line, position) : 0),
    );
    if (mode.kind === 'answer-lost') return void request.socket.destroy();
    reply(response, 200, { errors: items.some((item) => item.create.status > 299), items });
  }

  private take(line: BulkLine, wanted: number): { create: { status: number; error?: object } } {
    if (wanted > 299) {
      return { create: { status: wanted, error: { type: 'some_exception', reason: `status ${wanted}` } } };
    }
    if (this.documents.has(line.id)) {
      this.duplicates += 1;
      return { create: { status: 409, error: { type: 'version_conflict_engine_exception' } } };
    }
    this.documents.set(line.id, line);
    return { create: { status: 201 } };
  }
}

/** Pairs of lines, as the API wants them; undefined when they are not. */
function parse(request: IncomingMessage, body: string): BulkLine[] | undefined {
  if (request.method !== 'POST' || !request.url?.startsWith('/_bulk')) return undefined;
  if (request.headers['content-type'] !== 'application/x-ndjson' || !body.endsWith('\n')) return undefined;
  const rows = body.slice(0, -1).split('\n');
  if (rows.length % 2 !== 0) return undefined;
  const lines: BulkLine[] = [];
  try {
    for (let row = 0; row < rows.length; row += 2) {
      const { create } = JSON.parse(rows[row] as string) as { create: { _index: string; _id: string } };
      const { _index: index, _id: id } = create;
      const source = JSON.parse(rows[row + 1] as string) as Record<string, unknown>;
      lines.push({ index, id, source });
    }
  } catch {
    return undefined;
  }
  return lines;
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
