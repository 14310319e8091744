import type { ServerResponse } from 'node:http';
import type { Request } from 'express';
import { beforeEach, describe, expect, it } from 'vitest';
import { leaveTogether } from '../../src/inbound/departures.js';
import { ExactRoutes, type Middleware } from '../../src/inbound/exact-routes.js';

describe(ExactRoutes.name, () => {
  let routes: ExactRoutes;
  let ran: string[];

  /** Something that says that it ran, and passes the request on. */
  const passing =
    (name: string): Middleware =>
    (_request, _response, next) => {
      ran.push(name);
      next();
    };
  const handler =
    (name: string): Middleware =>
    () =>
      ran.push(name);

  beforeEach(() => {
    routes = new ExactRoutes();
    ran = [];
    routes.notFound = handler('not found');
    routes.failed = (error) => ran.push(`failed: ${String(error)}`);
  });

  function run(method: string, url: string): boolean {
    return routes.run({ method, url } as Request, {} as ServerResponse);
  }

  it('finds a route by its name, whatever is asked of it', () => {
    routes.add('POST', ['/v1/a', handler('a')]);
    expect(run('POST', '/v1/a')).toBe(true);
    expect(run('POST', '/v1/a?async=true')).toBe(true);
    expect(ran).toEqual(['a', 'a']);
  });

  it.each([
    ['another method', 'GET', '/v1/a'],
    ['another spelling', 'POST', '/V1/a'],
    ['a slash at the end', 'POST', '/v1/a/'],
    ['encoded letters', 'POST', '/v1/%61'],
    ['a parameter', 'POST', '/v1/b/7'],
    ['the address of a proxy', 'POST', 'http://elsewhere/v1/a'],
  ])('leaves %s to Express', (_what, method, url) => {
    routes.add('POST', ['/v1/a', handler('a')]);
    routes.add('POST', ['/v1/b/:id', handler('b')]);
    expect(run(method, url)).toBe(false);
    expect(ran).toEqual([]);
  });

  it('runs what was registered before the route, in order, and nothing that came after it', () => {
    routes.use([passing('first')]);
    routes.use([passing('second')]);
    routes.add('GET', ['/a', handler('a')]);
    routes.use([passing('late')]);
    routes.add('GET', ['/b', handler('b')]);
    run('GET', '/a');
    expect(ran.splice(0)).toEqual(['first', 'second', 'a']);
    run('GET', '/b');
    expect(ran).toEqual(['first', 'second', 'late', 'b']);
  });

  it('does not run the route when what stands in front answers', () => {
    routes.use([handler('refused')]);
    routes.add('GET', ['/a', handler('a')]);
    expect(run('GET', '/a')).toBe(true);
    expect(ran).toEqual(['refused']);
  });

  it('hands errors to the exception filters, and what a handler passes on to "not found"', () => {
    const broken: Middleware = (_request, _response, next) => next(ran.length === 0 ? 'broken' : undefined);
    routes.use([broken]);
    routes.add('GET', ['/a', passing('a')]);
    run('GET', '/a');
    run('GET', '/a');
    expect(ran).toEqual(['failed: broken', 'a', 'not found']);
  });

  it.each([
    ['below which it stands', '/v1'],
    ['that is its own', '/v1/a/'],
    ['in other letters', '/V1'],
    ['that is a pattern', '/v1/*path'],
    ['of everything', '/'],
  ])('leaves a route to Express when something is mounted at a path %s, before or after it', (_what, prefix) => {
    routes.add('POST', ['/v1/a', handler('a')]);
    routes.use([prefix, passing('mounted')]);
    routes.add('POST', ['/v1/a', handler('a')]);
    expect(run('POST', '/v1/a')).toBe(false);
  });

  it('goes on with routes beside what is mounted', () => {
    routes.mount('/sys/queues');
    routes.add('GET', ['/sys/queues/7', handler('queue')]);
    routes.add('GET', ['/sys/queuesize', handler('size')]);
    expect(run('GET', '/sys/queues/7')).toBe(false);
    expect(run('GET', '/sys/queuesize')).toBe(true);
  });
});

describe(leaveTogether, () => {
  it('ends the answers of one turn of the event loop one right after the other, in their order', async () => {
    const ended: string[] = [];
    const response = { end: (text: string) => ended.push(text) } as unknown as ServerResponse;
    leaveTogether(response, 'one');
    await Promise.resolve();
    leaveTogether(response, 'two');
    expect(ended).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual(['one', 'two']);
    leaveTogether(response, 'three');
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual(['one', 'two', 'three']);
  });

  it('an answer that cannot be written is given up by itself', async () => {
    const ended: string[] = [];
    const good = { end: (text: string) => ended.push(text) } as unknown as ServerResponse;
    const bad = {
      end: () => {
        throw new TypeError('Invalid character in header content');
      },
      destroy: ({ message }: Error) => ended.push(message),
    } as unknown as ServerResponse;
    for (const [response, text] of [
      [bad, 'one'],
      [good, 'two'],
    ] as const)
      leaveTogether(response, text);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual(['Invalid character in header content', 'two']);
  });
});
