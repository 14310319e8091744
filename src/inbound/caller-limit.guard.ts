import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { CallerLimit } from '../config/access.settings.js';
import { ConfigService } from '../config/config.service.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import type { WindowVerdict } from '../limits/window.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { requestOf, responseOf, type GatewayResponse } from './gateway-request.js';
import { metadataOf, perRoute } from './route-metadata.js';

const UNLIMITED = Symbol('without-caller-limit');

/** This route does not count: a monitor must see the service when its address sends too much. */
export function WithoutCallerLimit(): MethodDecorator & ClassDecorator {
  return SetMetadata(UNLIMITED, true);
}

const isUnlimited = perRoute((targets) => metadataOf(UNLIMITED, targets) === true);

/**
 * Limits each caller, and tells it where it stands: `RateLimit` and `RateLimit-Policy` as in the IETF draft 11.
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers
 */
@Injectable()
export class CallerLimitGuard implements CanActivate {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly config: ConfigService,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { principal } = requestOf(context);
    // Routes that are open to all have no caller: probes are never limited.
    if (!principal) return true;
    if (isUnlimited(context)) return true;
    const limit = principal.limit ?? this.config.current.limits.caller;
    const response = responseOf(context);
    const verdict = this.limiter.take(principal.window, limit);
    return verdict instanceof Promise
      ? verdict.then((late) => admit(late, limit, response))
      : admit(verdict, limit, response);
  }
}

function admit(verdict: WindowVerdict, limit: CallerLimit, response: GatewayResponse): boolean {
  response.headerList.push(
    'RateLimit-Policy',
    `"caller";q=${limit.requests};w=${limit.seconds}`,
    'RateLimit',
    `"caller";r=${verdict.remaining};t=${verdict.resetSeconds}`,
  );
  if (verdict.allowed) return true;
  throw new DeliveryError('throttled', {
    retryAfter: verdict.resetSeconds,
    reason: 'caller',
    hint: {
      zh: `每 ${limit.seconds} 秒最多 ${limit.requests} 个请求`,
      en: `At most ${limit.requests} requests in ${limit.seconds} seconds`,
    },
  });
}
