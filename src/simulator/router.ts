import type { Answer, SimulatedCall } from './simulated-call.js';

export type Handler = (call: SimulatedCall) => Answer | Promise<Answer>;

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

/** What the router knows about a path: its handler, or the methods that would have had one. */
export type RouteMatch =
  | { readonly found: true; readonly handler: Handler; readonly params: Readonly<Record<string, string>> }
  | { readonly found: false; readonly allowed: readonly string[] };

/** Exact method and path; a segment written `:name` stands for any one segment. */
export class Router {
  private readonly routes: Route[] = [];

  add(method: string, path: string, handler: Handler): void {
    this.routes.push({ method, segments: path.split('/'), handler });
  }

  match(method: string, path: string): RouteMatch {
    const segments = path.split('/');
    const allowed: string[] = [];
    for (const route of this.routes) {
      const params = paramsOf(route.segments, segments);
      if (!params) continue;
      if (route.method === method) return { found: true, handler: route.handler, params };
      allowed.push(route.method);
    }
    return { found: false, allowed };
  }
}

function paramsOf(wanted: readonly string[], actual: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== actual.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = actual[index] ?? '';
    if (segment.startsWith(':') && value !== '') params[segment.slice(1)] = decoded(value);
    else if (segment !== value) return undefined;
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
