import { get } from 'node:http';
import { createServer } from 'node:net';
import type { Config } from '../config/config.schema.js';
import type { Finding } from './doctor.js';

/** Longest wait for whoever holds the port, milliseconds. */
const PROBE_MS = 3_000;

/** Is the port free? Listens there for a moment. */
export async function examinePort({ host, port }: Config['server']): Promise<readonly Finding[]> {
  if (port === 0) return [{ verdict: 'ok', about: 'port', text: `any free one on ${host}` }];
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const code = await listenFailure(host, port);
  if (code === undefined) return [{ verdict: 'ok', about: 'port', text: `${address} is free` }];
  if (code !== 'EADDRINUSE')
    return [{ verdict: 'fail', about: 'port', text: `${address} cannot be listened on [${code}]` }];
  return (await isGateway(host, port))
    ? [{ verdict: 'note', about: 'port', text: `${address} is held by a gateway that runs already` }]
    : [{ verdict: 'fail', about: 'port', text: `${address} is held by another program` }];
}

/** The code of the failure to listen; undefined when it went well. */
function listenFailure(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Does it answer the liveness probe as a gateway does? */
function isGateway(host: string, port: number): Promise<boolean> {
  const here = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  const signal = AbortSignal.timeout(PROBE_MS);
  return new Promise((resolve) => {
    const request = get({ host: here, port, path: '/health/live', agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', () => resolve(false)).on('end', () => resolve(isLiveness(text)));
    });
    request.on('error', () => resolve(false));
  });
}

function isLiveness(text: string): boolean {
  try {
    return (JSON.parse(text) as { details?: { eventLoop?: unknown } } | null)?.details?.eventLoop !== undefined;
  } catch {
    return false;
  }
}
