/** Injection token of the {@link KeyObserver}; the service runs without one. */
export const KEY_OBSERVER = Symbol('key-observer');

/** Told about what is remarkable in the use of API keys. Must be quick and never throw. */
export interface KeyObserver {
  /** A key came from an address from which it never came before. */
  newAddress(key: string): void;
}
