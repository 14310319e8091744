import type { ErrorKind } from '../envelope/kinds.js';
import { ApiHeader } from '../openapi/openapi.decorators.js';

/** Failures that a route has because it takes an `Idempotency-Key`, beside `invalid-request`. */
export const IDEMPOTENCY_ERRORS: readonly ErrorKind[] = ['conflict', 'key-reused', 'unavailable', 'outcome-unknown'];

/** Documents the header that every POST takes; IdempotencyGuard reads it. */
export function ApiIdempotencyKey(): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    schema: { type: 'string', maxLength: 255 },
    description: '重复请求得到第一次的应答。A repeat gets the first answer.',
  });
}
