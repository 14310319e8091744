import type { INestApplication, NestInterceptor, Type } from '@nestjs/common';
import { InterceptorsConsumer } from '@nestjs/core/internal';
import { isObservable } from 'rxjs';
import type { GatewayRequest, GatewayResponse } from '../inbound/gateway-request.js';
import { ResponseEnvelopeInterceptor } from './response-envelope.interceptor.js';

type Next = () => Promise<unknown>;

/**
 * Runs the envelope interceptor without Observables where it stands alone, which is on every route but uploads.
 *
 * Nest wraps each interceptor into an Observable of an Observable with an asynchronous scope of its own, whatever the
 * interceptor does: a fifth of the CPU time of a request (docs/performance.md). What is called here is the same
 * interceptor, in the same place, with the same value; routes with more interceptors go Nest's way.
 */
class DirectInterceptorsConsumer extends InterceptorsConsumer {
  override async intercept(
    interceptors: NestInterceptor[],
    args: unknown[],
    instance: { constructor: Type<unknown> },
    callback: (...args: unknown[]) => unknown,
    next: Next,
    type?: string,
  ): Promise<unknown> {
    const [only] = interceptors;
    if (interceptors.length !== 1 || !(only instanceof ResponseEnvelopeInterceptor))
      return super.intercept(interceptors, args, instance, callback, next, type);
    const value = await next();
    if (isObservable(value))
      return only.intercept(this.createContext(args, instance, callback), { handle: () => value });
    return only.answer(value, args[0] as GatewayRequest, args[1] as GatewayResponse);
  }
}

/** Where Nest keeps what runs interceptors; it has no public place to give it another. */
interface Routing {
  routesResolver?: { routerExplorer?: { executionContextCreator?: { interceptorsConsumer?: unknown } } };
}

/**
 * Installs it, before the routes are registered.
 * @returns false when Nest keeps its consumer elsewhere by now: then everything works as before, only slower, and
 *   test/e2e/http-adapter.spec.ts fails
 */
export function runInterceptorsDirectly(app: INestApplication): boolean {
  const context = (app as unknown as Routing).routesResolver?.routerExplorer?.executionContextCreator;
  if (!(context?.interceptorsConsumer instanceof InterceptorsConsumer)) return false;
  context.interceptorsConsumer = new DirectInterceptorsConsumer();
  return true;
}
