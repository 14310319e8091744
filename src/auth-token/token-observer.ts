import type { ErrorKind } from '../envelope/kinds.js';

/** Injection token of the {@link TokenObserver}; the service runs without one. */
export const TOKEN_OBSERVER = Symbol('token-observer');

/** Told about every token request to a platform. Must be quick and never throw. */
export interface TokenObserver {
  /** @param label the app for people, `dingtalk/default` */
  fetched(label: string, result: 'ok' | ErrorKind): void;
}
