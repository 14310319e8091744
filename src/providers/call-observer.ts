import type { ErrorKind } from '../envelope/kinds.js';
import { DeliveryError } from './delivery-error.js';
import type { ResolvedApp } from './provider.contract.js';

/** Injection token of the {@link CallObserver}; the service runs without one. */
export const CALL_OBSERVER = Symbol('call-observer');

/** What a call came to: `ok`, `partial`, or the kind of its error. */
export type CallKind = 'ok' | 'partial' | ErrorKind;

/** An operation that runs. */
export interface RunningCall {
  /** Called exactly once, when it is over. */
  ended(kind: CallKind): void;
}

/** Told about the calls to the platforms, on either road. Called on the hot path: must be quick and never throw. */
export interface CallObserver {
  /** An operation begins for an app. */
  began(app: ResolvedApp, operation: string): RunningCall;
  /** A request of the app left for the platform, be it a repeat; token requests excepted. */
  left(app: ResolvedApp): void;
}

/** The kind of whatever an operation threw. */
export function kindOf(error: unknown): ErrorKind {
  return error instanceof DeliveryError ? error.kind : 'internal';
}
