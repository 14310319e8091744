import type {
  ArgumentMetadata,
  CanActivate,
  INestApplication,
  NestInterceptor,
  PipeTransform,
  Type,
} from '@nestjs/common';
import {
  GuardsConsumer,
  InterceptorsConsumer,
  InterceptorsContextCreator,
  ParamsTokenFactory,
  PipesConsumer,
} from '@nestjs/core/internal';
import type { RouteParamtypes } from '@nestjs/common/internal';
import { isObservable } from 'rxjs';
import { ResponseEnvelopeInterceptor } from '../envelope/response-envelope.interceptor.js';
import type { GatewayRequest, GatewayResponse } from './gateway-request.js';
import { ValidationPipe } from './validation.pipe.js';

/**
 * Nest's way through guards, pipes and the envelope interceptor, without what it does for those that wait for something
 * or answer with Observables. What is called here are the same guards, pipes and interceptor, in the same order, with
 * the same values; whatever is not one of ours, or does wait, goes Nest's way. Gains: docs/performance.md.
 */

type Callback = (...args: unknown[]) => unknown;
interface Instance {
  readonly constructor: Type<unknown>;
}

/** Guards answer at once, all but those that read a body or ask Redis. */
class DirectGuardsConsumer extends GuardsConsumer {
  override tryActivate(
    guards: CanActivate[],
    args: unknown[],
    instance: Instance,
    callback: Callback,
    type?: string,
  ): Promise<boolean> {
    const context = this.createContext(args, instance, callback);
    context.setType(type as 'http');
    const from = (first: number): boolean | Promise<boolean> => {
      for (let index = first; index < guards.length; index += 1) {
        const verdict = (guards[index] as CanActivate).canActivate(context);
        if (verdict === false) return false;
        if (verdict === true) continue;
        const late = verdict instanceof Promise ? verdict : this.pickResult(verdict);
        return late.then((allowed) => allowed && from(index + 1));
      }
      return true;
    };
    // Nest awaits it, and a plain value costs less there.
    return from(0) as Promise<boolean>;
  }
}

/** Our validation pipe never waits. */
class DirectPipesConsumer extends PipesConsumer {
  private readonly tokens = new ParamsTokenFactory();

  override apply(value: unknown, metadata: ArgumentMetadata, pipes: PipeTransform[]): Promise<unknown> {
    const [only] = pipes;
    if (pipes.length !== 1 || !(only instanceof ValidationPipe) || value instanceof Promise)
      return super.apply(value, metadata, pipes);
    const { metatype } = metadata;
    // Nest calls it with the number of the type, whatever its own declaration says.
    const type = this.tokens.exchangeEnumForString(metadata.type as unknown as RouteParamtypes);
    return only.transform(value, { metatype, type }) as Promise<unknown>;
  }
}

/** Routes whose only interceptor is the envelope's, by their instance. */
type EnvelopedRoutes = WeakMap<object, Map<unknown, ResponseEnvelopeInterceptor>>;

/**
 * Says of such a route that it has no interceptors: Nest would prepare each of its requests for Observables. The next
 * class knows better.
 */
class KnowingInterceptors {
  readonly routes: EnvelopedRoutes = new WeakMap();

  constructor(private readonly creator: InterceptorsContextCreator) {}

  create(...route: Parameters<InterceptorsContextCreator['create']>): NestInterceptor[] {
    const interceptors = this.creator.create(...route);
    const [only] = interceptors;
    if (interceptors.length !== 1 || !(only instanceof ResponseEnvelopeInterceptor)) return interceptors;
    const [instance, callback] = route;
    const ofInstance = this.routes.get(instance) ?? new Map<unknown, ResponseEnvelopeInterceptor>();
    this.routes.set(instance, ofInstance.set(callback, only));
    return [];
  }
}

/**
 * Nest wraps each interceptor into an Observable of an Observable with an asynchronous scope of its own, whatever the
 * interceptor does: a fifth of the CPU time of a request.
 */
class DirectInterceptorsConsumer extends InterceptorsConsumer {
  constructor(private readonly enveloped: EnvelopedRoutes) {
    super();
  }

  override intercept(
    interceptors: NestInterceptor[],
    args: unknown[],
    instance: Instance,
    callback: Callback,
    next: () => Promise<unknown>,
    type?: string,
  ): Promise<unknown> {
    const envelope = interceptors.length === 0 ? this.enveloped.get(instance)?.get(callback) : undefined;
    if (!envelope) return super.intercept(interceptors, args, instance, callback, next, type);
    return next().then((value) =>
      isObservable(value)
        ? envelope.intercept(this.createContext(args, instance, callback), { handle: () => value })
        : envelope.answer(value, args[0] as GatewayRequest, args[1] as GatewayResponse),
    );
  }
}

/** Where Nest keeps what runs guards, pipes and interceptors; it has no public place to give it others. */
interface Pipeline {
  guardsConsumer?: unknown;
  pipesConsumer?: unknown;
  interceptorsConsumer?: unknown;
  interceptorsContextCreator?: unknown;
}
interface Routing {
  routesResolver?: { routerExplorer?: { executionContextCreator?: Pipeline } };
}

/**
 * Installs it, before the routes are registered.
 * @returns false when Nest keeps its consumers elsewhere by now: then everything works as before, only slower, and
 *   test/e2e/http-adapter.spec.ts fails
 */
export function runDirectly(app: INestApplication): boolean {
  const pipeline = (app as unknown as Routing).routesResolver?.routerExplorer?.executionContextCreator;
  if (
    !(pipeline?.guardsConsumer instanceof GuardsConsumer) ||
    !(pipeline.pipesConsumer instanceof PipesConsumer) ||
    !(pipeline.interceptorsConsumer instanceof InterceptorsConsumer) ||
    !(pipeline.interceptorsContextCreator instanceof InterceptorsContextCreator)
  )
    return false;
  const interceptors = new KnowingInterceptors(pipeline.interceptorsContextCreator);
  pipeline.guardsConsumer = new DirectGuardsConsumer();
  pipeline.pipesConsumer = new DirectPipesConsumer();
  pipeline.interceptorsContextCreator = interceptors;
  pipeline.interceptorsConsumer = new DirectInterceptorsConsumer(interceptors.routes);
  return true;
}
