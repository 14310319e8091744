import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule, type AppParts } from './app.module.js';
import type { Config } from './config/config.schema.js';
import { beginInTurns } from './inbound/arrivals.js';
import { runDirectly } from './inbound/direct-pipeline.js';
import { Lifecycle } from './health/lifecycle.js';
import { MessageCenterAdapter } from './inbound/http-adapter.js';
import { requestLog } from './inbound/request-log.js';
import { NestLogger } from './logging/logger.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { serveOpenApi } from './openapi/openapi.pages.js';
import { OpenApiService } from './openapi/openapi.service.js';
import { ProviderRegistry } from './providers/provider.registry.js';

/** A gateway that is made but does not listen yet. */
export interface Gateway {
  readonly app: NestExpressApplication;
  /** Listens; gives back the address under which it is reached. */
  listen(host: string, port: number): Promise<string>;
  /** Not ready, a pause for balancers, then everything is closed in order; requests in flight are finished first. */
  shutdown(delayMs: number): Promise<void>;
}

/** Mounts further routes before Nest's own; the sandbox does. */
export type Mount = (app: NestExpressApplication) => void;

/**
 * Makes the gateway: the one way, for the program and for every test.
 * @param mount called before the routes of the service are there
 * @param adapter one with other times, for a test
 */
export async function createGateway(
  parts: AppParts,
  mount?: Mount,
  adapter = new MessageCenterAdapter(),
): Promise<Gateway> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(parts), adapter, {
    logger: new NestLogger(parts.logger),
    bodyParser: false,
    abortOnError: false,
  });
  runDirectly(app);
  const lifecycle = app.get(Lifecycle);
  adapter.lifecycle = lifecycle;
  const registry = app.get(ProviderRegistry);
  const outlast = ({ outbound }: Config): void =>
    adapter.outlast(Math.max(registry.longestTimeoutMs, outbound.uploadTimeoutMs));
  outlast(parts.config.current);
  // The registry has heard of a change before: it was made earlier.
  parts.config.onChange(outlast);
  parts.config.onChange(({ logging }) => (parts.logger.level = logging.level));
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestLog(parts.logger, lifecycle, app.get(HttpMetrics).observe));
  app.use(beginInTurns());
  mount?.(app);
  const openApi = app.get(OpenApiService);
  openApi.attach(app);
  if (parts.config.current.docs.enabled) serveOpenApi(app, openApi);
  const { delivery, redis } = parts.config.current;
  if (delivery.dashboard && redis.url !== undefined) {
    // Loaded only where it is asked for.
    const { mountQueueDashboard } = await import('./delivery/queue/queue-dashboard.js');
    mountQueueDashboard(app);
  }
  await app.init();
  return {
    app,
    listen: async (host, port) => {
      await app.listen(port, host);
      lifecycle.started();
      const address = app.getHttpServer().address() as AddressInfo;
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return `http://${name}:${address.port}`;
    },
    shutdown: async (delayMs) => {
      lifecycle.drain();
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      const server = app.getHttpServer();
      const closed = new Promise((resolve) => server.close(resolve));
      // Answers behind another one on a connection that broke are never said to be over; nobody waits for them either.
      await Promise.race([lifecycle.answered(), closed]);
      // What is left carries no request; a silent connection would keep the process.
      server.closeAllConnections();
      await closed;
      await app.close();
    },
  };
}
