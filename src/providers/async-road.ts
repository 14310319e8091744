import type { AcceptedAnswer } from '../envelope/answers.js';
import type { DtoClass } from '../inbound/fields.js';
import type { AsyncOptions } from './call-options.js';
import type { CallContext } from './call-context.js';
import type { Operation, PlatformRequest, ResolvedApp } from './provider.contract.js';

/** A validated, rendered message on its way to the asynchronous road. */
export interface AsyncMessage {
  readonly operation: Operation;
  readonly app: ResolvedApp;
  readonly input: InstanceType<DtoClass>;
  readonly request: PlatformRequest;
  readonly options: AsyncOptions;
  readonly call: CallContext;
  /** Given where one request becomes several deliveries. */
  readonly batchId?: string;
  readonly deliveryId?: string;
}

/** Where the roads part: the caller hands a message over and gets what to answer. Implemented by the delivery module. */
export interface AsyncRoad {
  /** @throws DeliveryError when the message cannot be accepted */
  accept(message: AsyncMessage): Promise<AcceptedAnswer>;
  /**
   * A message leaves on the synchronous road: counts in the same windows.
   * @param messages how many it is sent as
   * @throws DeliveryError kind `throttled` where there is no room and the message is a robot's, or the configuration
   * says so
   */
  draw(operation: Operation, app: ResolvedApp, input: object, messages?: number): Promise<void> | undefined;
}

/** Injection token of the {@link AsyncRoad}. */
export const ASYNC_ROAD = Symbol('async-road');
