import {
  ForbiddenException,
  type CanActivate,
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { ExecutionContextHost, FORBIDDEN_MESSAGE, ParamsTokenFactory, STATIC_CONTEXT } from '@nestjs/core/internal';
import { REDIRECT_METADATA, RENDER_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import { isObservable, lastValueFrom } from 'rxjs';
import { Envelope } from '../envelope/envelope.js';
import { ResponseEnvelopeInterceptor } from '../envelope/response-envelope.interceptor.js';
import type { GatewayRequest, GatewayResponse } from './gateway-request.js';
import { ValidationPipe } from './validation.pipe.js';

/**
 * Nest's way through guards, pipes and the envelope interceptor as one function for each route. What is called here are
 * the same guards, pipes, parameters and interceptor, in the same order, with the same values. Nest itself makes a
 * promise at each of them, and an Observable of an Observable for the interceptor, in case that one of them waits; and
 * much of that stays in memory while the platform is asked. A route with anything else (another interceptor, a pipe of
 * its own, a response that it writes itself) goes Nest's way. Gains: docs/performance.md.
 */

type Callback = (...args: unknown[]) => unknown;
type Handler = (request: GatewayRequest, response: GatewayResponse, next: unknown) => Promise<unknown>;
type Route = readonly [instance: object, callback: Callback, methodName: string, moduleKey: string, ...rest: unknown[]];

/** What Nest knows of a parameter of a handler. */
interface Parameter {
  readonly index: number;
  readonly type: number | string;
  readonly data?: unknown;
  readonly metatype?: Type<unknown>;
  readonly pipes: readonly PipeTransform[];
  readonly extractValue: (request: object, response: object, next: unknown) => unknown;
}

/** What Nest reads of a route. */
interface RouteMetadata {
  readonly argsLength: number;
  readonly isSseHandler: boolean;
  readonly paramtypes: readonly Type<unknown>[];
  readonly getParamsMetadata: (moduleKey: string) => readonly Parameter[];
  readonly httpStatusCode: number;
  readonly hasCustomHeaders: boolean;
  readonly fnHandleResponse: (result: unknown, response: object, request: object) => Promise<unknown>;
}

interface Creator<T> {
  create(...route: unknown[]): readonly T[];
}

/** Where Nest makes a function of a route; it has no public place to do that otherwise. */
interface RouteFactory {
  readonly applicationRef: { reply(response: object, body: unknown): unknown };
  create(...route: Route): Handler;
  getMetadata(...route: unknown[]): RouteMetadata;
  readonly guardsContextCreator: Creator<CanActivate>;
  readonly pipesContextCreator: Creator<PipeTransform>;
  readonly interceptorsContextCreator: Creator<NestInterceptor>;
  readonly contextUtils: {
    mergeParamsMetatypes(parameters: readonly Parameter[], types: readonly Type<unknown>[]): readonly Parameter[];
  };
}

/** Parameters that say nothing of how the route answers. */
const PLAIN = new Set<unknown>([
  RouteParamtypes.REQUEST,
  RouteParamtypes.BODY,
  RouteParamtypes.QUERY,
  RouteParamtypes.PARAM,
]);

/**
 * The function of a route.
 * @returns undefined when the route has something that only Nest knows how to run
 */
function directHandler(nest: RouteFactory, route: Route): Handler | undefined {
  const [instance, callback, methodName, moduleKey, method, contextId = STATIC_CONTEXT] = route;
  if (contextId !== STATIC_CONTEXT) return undefined;
  const of = <T>(creator: Creator<T>): readonly T[] => creator.create(instance, callback, moduleKey, STATIC_CONTEXT);
  const [[envelope, ...interceptors], [pipe, ...pipes]] = [
    of(nest.interceptorsContextCreator),
    of(nest.pipesContextCreator),
  ];
  const metadata = nest.getMetadata(instance, callback, methodName, moduleKey, method, 'http');
  const parameters = nest.contextUtils.mergeParamsMetatypes(metadata.getParamsMetadata(moduleKey), metadata.paramtypes);
  if (
    !isExactly(ResponseEnvelopeInterceptor, envelope) ||
    !isExactly(ValidationPipe, pipe) ||
    interceptors.length + pipes.length > 0 ||
    metadata.isSseHandler ||
    metadata.hasCustomHeaders ||
    Reflect.hasMetadata(REDIRECT_METADATA, callback) ||
    Reflect.hasMetadata(RENDER_METADATA, callback) ||
    !parameters.every((parameter) => isPlain(parameter))
  )
    return undefined;

  const guards = of(nest.guardsContextCreator);
  const owner = instance.constructor as Type<unknown>;
  const { argsLength, httpStatusCode, fnHandleResponse } = metadata;
  const piped = parameters.map((parameter) => withPipe(parameter, pipe));

  return async (request, response, next) => {
    const context = new ExecutionContextHost([request, response, next], owner, callback);
    for (const guard of guards) {
      const verdict = guard.canActivate(context);
      if (verdict !== true && !(await waitedFor(verdict))) throw new ForbiddenException(FORBIDDEN_MESSAGE);
    }
    response.statusCode = httpStatusCode;
    const values = new Array<unknown>(argsLength).fill(undefined);
    // All of them before the first pipe: what cannot be read at all is said first.
    for (const { index, extractValue } of piped) values[index] = settling(extractValue(request, response, next));
    for (const { index, transform } of piped) {
      const value = values[index];
      values[index] = transform(value instanceof Promise ? await value : value);
    }
    const data = await callback.apply(instance, values);
    const answer = isObservable(data)
      ? envelope.intercept(context, { handle: () => data })
      : envelope.answer(data, request, response);
    const ready = answer instanceof Promise ? ((await answer) as unknown) : answer;
    if (ready instanceof Envelope) return nest.applicationRef.reply(response, ready);
    return fnHandleResponse(ready, response, request);
  };
}

/** Is it of this class, and not of one that extends it and may do otherwise? */
function isExactly<T extends object>(type: Type<T>, value: object | undefined): value is T {
  return value?.constructor === type;
}

/** Can it be read and checked without Nest? */
function isPlain({ type, pipes }: Parameter): boolean {
  return pipes.length === 0 && (typeof type === 'string' || PLAIN.has(type));
}

const tokens = new ParamsTokenFactory();

/** Nest gives a request itself to no pipe, and tells pipes the name of the type that it knows by its number. */
function withPipe({ index, type, data, metatype, extractValue }: Parameter, pipe: ValidationPipe) {
  if (type === RouteParamtypes.REQUEST) return { index, extractValue, transform: (value: unknown) => value };
  const metadata = {
    type: tokens.exchangeEnumForString(type as unknown as RouteParamtypes),
    metatype,
    data: data as string | undefined,
  };
  return { index, extractValue, transform: (value: unknown) => pipe.transform(value, metadata) };
}

/** What is promised is waited for later, and not at all when another parameter is refused: it must not fail unheard. */
function settling(value: unknown): unknown {
  if (typeof (value as PromiseLike<unknown> | null | undefined)?.then !== 'function') return value;
  const promise = Promise.resolve(value);
  promise.catch(() => undefined);
  return promise;
}

async function waitedFor(verdict: ReturnType<CanActivate['canActivate']>): Promise<boolean> {
  const settled = await verdict;
  return isObservable(settled) ? lastValueFrom(settled) : settled;
}

interface Routing {
  routesResolver?: { routerExplorer?: { executionContextCreator?: Partial<RouteFactory> } };
}

/**
 * Installs it, before the routes are registered.
 * @returns false when Nest keeps what it needs elsewhere by now: then everything works as before, only slower, and
 *   test/e2e/direct-pipeline.spec.ts fails
 */
export function runDirectly(app: INestApplication): boolean {
  const factory = (app as unknown as Routing).routesResolver?.routerExplorer?.executionContextCreator;
  if (!isRouteFactory(factory)) return false;
  const nests = factory.create.bind(factory);
  factory.create = (...route) => directHandler(factory, route) ?? nests(...route);
  return true;
}

function isRouteFactory(factory: Partial<RouteFactory> | undefined): factory is RouteFactory {
  return (
    typeof factory?.create === 'function' &&
    typeof factory.getMetadata === 'function' &&
    typeof factory.guardsContextCreator?.create === 'function' &&
    typeof factory.pipesContextCreator?.create === 'function' &&
    typeof factory.interceptorsContextCreator?.create === 'function' &&
    typeof factory.contextUtils?.mergeParamsMetatypes === 'function' &&
    typeof factory.applicationRef?.reply === 'function'
  );
}
