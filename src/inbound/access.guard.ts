import { applyDecorators, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Scope } from '../config/access.settings.js';
import { ApiExtension } from '../openapi/openapi.decorators.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { RAW_RESPONSE } from '../envelope/raw-response.js';
import { AccessService } from './access.service.js';
import { requestOf } from './gateway-request.js';
import { metadataOf, perRoute } from './route-metadata.js';

const SCOPE = Symbol('scope');
const OPEN = Symbol('open');

/** The scope a caller needs for this route; it also stands in the OpenAPI document. */
export function RequireScope(scope: Scope): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(SCOPE, scope), ApiExtension('x-scope', scope));
}

/** Anyone may call this route: probes and heartbeats. */
export function OpenToAll(): MethodDecorator & ClassDecorator {
  return SetMetadata(OPEN, true);
}

const routeAccess = perRoute((targets) => ({
  raw: metadataOf(RAW_RESPONSE, targets) === true,
  open: metadataOf(OPEN, targets) === true,
  scope: metadataOf(SCOPE, targets) as Scope | undefined,
}));

/** The first guard: finds out who calls and whether that caller may use the route. Routes without a scope are closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly access: AccessService) {}

  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    const { raw, open, scope } = routeAccess(context);
    request.rawRoute = raw;
    request.clientAddress = this.access.address(request);
    if (open) return true;
    request.principal = this.access.identify(request, request.clientAddress);
    if (scope !== undefined && request.principal.has(scope)) return true;
    throw new DeliveryError('forbidden', {
      reason: 'scope',
      hint: {
        zh: `该接口需要 scope: ${scope ?? '未声明'}`,
        en: `This route needs the scope ${scope ?? '(none declared)'}`,
      },
    });
  }
}
