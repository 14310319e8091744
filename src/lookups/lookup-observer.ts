/** Injection token of the {@link LookupObserver}; the service runs without one. */
export const LOOKUP_OBSERVER = Symbol('lookup-observer');

/** Told about every look-up that found nobody. Must be quick and never throw. */
export interface LookupObserver {
  /**
   * @param from who said so: the platform, or what is remembered of it
   */
  missed(provider: string, app: string, from: 'platform' | 'memory'): void;
}
