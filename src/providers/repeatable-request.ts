import type { PlatformRequest } from './provider.contract.js';

/** A request of which the platform recognises a repeat, so that sending it again reaches nobody twice. */
export interface RepeatableRequest {
  readonly request: PlatformRequest;
  /**
   * For how long after it took the request the platform recognises a repeat, seconds; absent where it names no end. A
   * delivery that may be repeated later than that is treated as any other: the platform would show it twice.
   */
  readonly forSeconds?: number;
}
