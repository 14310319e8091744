import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { RegisteredProvider } from '../providers/index.js';
import type { Simulator } from '../simulator/simulator.contract.js';

/** Newest messages that the inbox shows. */
const SHOWN = 200;

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * The gateway without credentials: the platforms are simulated inside the process, and what was sent can be read back
 * at /sandbox. Nothing leaves the machine.
 */
export class Sandbox {
  private constructor(
    private readonly simulators: readonly Simulator[],
    private readonly host: string | undefined,
  ) {}

  /**
   * Starts a simulator of every provider.
   * @param host where the gateway was asked to listen, on the command line; loopback otherwise
   */
  static async start(providers: readonly RegisteredProvider[], host?: string): Promise<Sandbox> {
    const simulators = await Promise.all(providers.map(startPrepared));
    return new Sandbox(simulators, host);
  }

  /** Settings that point the gateway at the simulators, and keep it on this machine. */
  flags(): Record<string, unknown> {
    return {
      ...Object.fromEntries(
        this.simulators.map((simulator) => [`providers.${simulator.provider}`, simulator.gatewayConfig()]),
      ),
      'server.host': this.host ?? '127.0.0.1',
    };
  }

  /** The inbox page and what feeds it; and the check that keeps other web pages out of the whole sandbox. */
  mount(app: NestExpressApplication): void {
    app.use((request: Request, response: Response, next: NextFunction) => {
      if (this.isOurs(request)) next();
      else
        response.status(403).type('text/plain').send('The sandbox answers only to this machine: wrong Host or Origin.');
    });
    const express = app.getHttpAdapter().getInstance();
    express.get('/sandbox', (_request: Request, response: Response) => inboxPage(response));
    express.get('/sandbox/messages', (_request: Request, response: Response) => {
      response.json(this.messages());
    });
    express.delete('/sandbox/messages', (_request: Request, response: Response) => {
      for (const simulator of this.simulators) simulator.ledger.clear();
      response.status(204).end();
    });
  }

  /** What a newcomer reads in the terminal. */
  welcome(url: string): string {
    return [
      '',
      '  SANDBOX: the platforms are simulated. Nothing leaves this machine.  沙箱模式：平台由本机模拟，消息不会发出。',
      '',
      `  API     ${url}/docs`,
      `  Inbox   ${url}/sandbox`,
      '',
      '  Send a first message  发第一条消息:',
      '',
      `  curl -s ${url}/v1/dd/topapi/message -H 'Content-Type: application/json' \\`,
      `    -d '{"userid_list":"zhangsan","msg":{"msgtype":"text","text":{"content":"你好，世界 hello"}}}'`,
      '',
    ].join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.simulators.map((simulator) => simulator.close()));
  }

  private messages(): unknown[] {
    return this.simulators
      .flatMap((simulator) => simulator.ledger.messages())
      .toSorted((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, SHOWN);
  }

  /** A page of another site could otherwise reach this machine through the browser (DNS rebinding, cross-site forms). */
  private isOurs(request: Request): boolean {
    if (this.host === '0.0.0.0' || this.host === '::') return true;
    const names = [...LOOPBACK_NAMES, ...(this.host === undefined ? [] : [this.host])];
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const { origin } = request.headers;
    const originHost = origin === undefined ? undefined : hostOf(origin);
    return names.includes(host) && (originHost === undefined || names.includes(originHost));
  }
}

/** Starts a simulator in which what the examples of the API name exists, so that they work as they stand. */
async function startPrepared({ definition }: RegisteredProvider): Promise<Simulator> {
  const simulator = await (await definition.simulator()).start();
  for (const { id, examples } of definition.operations) {
    for (const { input } of examples) simulator.prepare?.(id, input as Record<string, unknown>);
  }
  simulator.ledger.clear();
  return simulator;
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname.toLowerCase() : '';
}

let page: string | undefined;

function inboxPage(response: Response): void {
  page ??= readFileSync(new URL('inbox.html', import.meta.url), 'utf8');
  const nonce = randomBytes(16).toString('base64');
  response.setHeader(
    'Content-Security-Policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'`,
  );
  response.type('html').send(page.replaceAll('__NONCE__', nonce));
}
