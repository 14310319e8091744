import type { ServerResponse } from 'node:http';
import type { Request } from 'express';

type Next = (error?: unknown) => void;
/** What Nest and modules give to `use`, and what Nest makes of a route. */
export type Middleware = (request: Request, response: ServerResponse, next: Next) => unknown;
/** What Nest makes of the exception filters for errors of middleware. */
export type ErrorMiddleware = (error: unknown, request: Request, response: ServerResponse, next: Next) => unknown;

/** What makes a path of Express stand for more than itself. */
const PATTERN = /[:*{}()[\]?+!\\]/;

interface ExactRoute {
  /** For logs and metrics, as Express' own routes have it. */
  readonly path: string;
  readonly handler: Middleware;
  /** Middleware that was registered before the route, in order. */
  readonly front: readonly Middleware[];
}

/**
 * Routes whose path has no parameters, found by their name: Express tries one layer after the other, of which there are
 * a hundred, and makes a dozen functions for each request on the way. Middleware in front of a route runs as ever, and
 * in the same order. Whatever is not found here (another spelling, a parameter, another method, a route below something
 * that is mounted) goes through Express, as ever. Gain: docs/performance.md.
 */
export class ExactRoutes {
  private readonly byName = new Map<string, ExactRoute>();
  private readonly mounted: string[] = [];
  private front: readonly Middleware[] = [];
  notFound: Middleware | undefined;
  failed: ErrorMiddleware | undefined;

  /** A route was registered; the first one of a name counts, as with Express. */
  add(method: string, [path, handler]: readonly unknown[]): void {
    if (typeof path !== 'string' || typeof handler !== 'function' || PATTERN.test(path)) return;
    if (this.mounted.some((prefix) => isBelow(path, prefix))) return;
    const name = `${method} ${path}`;
    if (!this.byName.has(name)) this.byName.set(name, { path, handler: handler as Middleware, front: this.front });
  }

  /** Middleware was registered, for all paths or below one. */
  use([first, ...rest]: readonly unknown[]): void {
    if (typeof first === 'function' && rest.length === 0) this.front = [...this.front, first as Middleware];
    else this.mount(typeof first === 'string' ? first : '/');
  }

  /** Something stands in front of everything below a path, which only Express knows. */
  mount(prefix: string): void {
    this.mounted.push(prefix);
    for (const [name, { path }] of this.byName) if (isBelow(path, prefix)) this.byName.delete(name);
  }

  /**
   * Runs the route of a request, if it is one of these.
   * @returns false when Express has to look for it
   */
  run(request: Request, response: ServerResponse): boolean {
    const { url } = request;
    const end = url.indexOf('?');
    const route = this.byName.get(`${request.method} ${end < 0 ? url : url.slice(0, end)}`);
    if (!route) return false;
    // What Express sets before it looks for a route.
    request.res = response as unknown as NonNullable<Request['res']>;
    request.originalUrl = url;
    request.params = {};
    request.route = route;
    let steps = 0;
    // One function for all steps: it stays in memory for as long as the request waits.
    const next: Next = (error) => {
      const step = steps;
      steps += 1;
      if (error || step > route.front.length) this.passedOn(error, request, response);
      else (route.front[step] ?? route.handler)(request, response, next);
    };
    next();
    return true;
  }

  /** No other route can match, so a handler that passes the request on means that nothing was found. */
  private passedOn(error: unknown, request: Request, response: ServerResponse): void {
    const ignore: Next = () => undefined;
    if (error) this.failed?.(error, request, response, ignore);
    else this.notFound?.(request, response, ignore);
  }
}

function isBelow(path: string, prefix: string): boolean {
  const bare = prefix.replace(/\/$/, '').toLowerCase();
  const name = path.toLowerCase();
  // A pattern may stand for anything.
  return PATTERN.test(prefix) || name === bare || name.startsWith(`${bare}/`);
}
