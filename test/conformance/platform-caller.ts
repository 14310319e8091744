import { parseExact } from '../../src/json/exact-json.js';
import type { Proof } from '../../src/providers/platform-exchange.js';
import type {
  Operation,
  PlatformAnswer,
  PlatformRequest,
  ProviderDefinition,
  ResolvedApp,
} from '../../src/providers/provider.contract.js';
import { fileOf } from './routes.js';

/** What a platform said, and how the provider reads it. */
export interface PlatformReply extends PlatformAnswer {
  readonly text: string;
  /** The platform said no, with a code of its own. */
  readonly refused: boolean;
}

/** Speaks to a platform directly, without the gateway: only the provider's declaration is used. */
export class PlatformCaller {
  constructor(
    private readonly definition: ProviderDefinition,
    private readonly app: ResolvedApp,
    private readonly robot: ResolvedApp | undefined,
  ) {}

  /** What lets an operation in: a token asked for now, or what proves the robot. */
  async proof({ target }: Operation): Promise<Proof> {
    if (target !== 'robot') return { token: await this.token() };
    if (!this.robot) throw new Error(`gatewayConfig() of the simulator of ${this.definition.id} configures no robot`);
    return { query: this.definition.robots?.credentials(this.robot, Date.now()) };
  }

  /** A token, asked for now. */
  async token(): Promise<string> {
    const { tokens } = this.definition;
    const reply = await this.send(tokens.request(this.app));
    const read = tokens.read(reply);
    if (read) return read.token;
    throw new Error(`the simulator gave no token: ${reply.text}`);
  }

  /** Sends a rendered request; what proves the sender goes along only if it is given. */
  async send(request: PlatformRequest, { token, query: robotQuery }: Proof = {}): Promise<PlatformReply> {
    const query = new URLSearchParams({ ...request.query, ...robotQuery });
    const headers: Record<string, string> = {};
    if (request.token && token !== undefined) {
      if ('query' in request.token) query.set(request.token.query, token);
      else headers[request.token.header] = [request.token.scheme, token].filter(Boolean).join(' ');
    }
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    const url = `${this.app.baseUrls[request.base]}${request.path}?${query.toString()}`;
    const answer = await fetch(url, { method: request.method, headers, body: bodyOf(request) });
    const text = await answer.text();
    const reply = { status: answer.status, body: objectIn(text) };
    return { ...reply, text, refused: this.definition.verdict(reply) !== undefined };
  }

  /** Does the provider take this reply for a success? */
  accepted(operation: Operation, reply: PlatformReply): boolean {
    return !reply.refused && operation.succeeded(reply);
  }
}

function bodyOf({ body, upload }: PlatformRequest): string | FormData | undefined {
  if (!upload) return body;
  const form = new FormData();
  form.set(upload.field, fileOf(upload.fileName, upload.contentType, upload.bytes));
  return form;
}

/** The JSON object in a text; an empty one when there is none. */
export function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseExact(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
