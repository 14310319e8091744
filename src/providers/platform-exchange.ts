import type { Deadline } from '../outbound/deadline.js';
import type { Exchange } from '../outbound/exchange.js';
import type { OutboundClient } from '../outbound/outbound.client.js';
import type { PlatformRequest, ResolvedApp } from './provider.contract.js';

/** What proves who sends: an access token, or the query parameters of a robot. */
export interface Proof {
  readonly token?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** Sends a rendered request with its proof in place, once. Never throws; what became of it is in the exchange. */
export function platformExchange(
  outbound: OutboundClient,
  app: ResolvedApp,
  request: PlatformRequest,
  { token, query: robotQuery }: Proof,
  deadline: Deadline,
): Promise<Exchange> {
  const query: Record<string, string> = { ...request.query, ...robotQuery };
  const headers: Record<string, string> = {};
  if (request.token && token !== undefined) {
    if ('query' in request.token) query[request.token.query] = token;
    else headers[request.token.header] = request.token.scheme ? `${request.token.scheme} ${token}` : token;
  }
  const { proxy } = app.settings;
  return outbound.send(
    {
      method: request.method,
      baseUrl: app.baseUrls[request.base] as string,
      path: request.path,
      query,
      headers,
      body: request.body ?? request.upload,
      proxy,
      answerBytes: request.answerBytes,
    },
    deadline,
  );
}
