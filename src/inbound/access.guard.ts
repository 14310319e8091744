import { applyDecorators, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope } from '../config/access.settings.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { RAW_RESPONSE } from '../envelope/raw-response.js';
import { AccessService } from './access.service.js';
import type { GatewayRequest } from './gateway-request.js';

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

/** The first guard: finds out who calls and whether that caller may use the route. Routes without a scope are closed. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly access: AccessService,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    const targets = [context.getHandler(), context.getClass()];
    request.rawRoute = this.reflector.getAllAndOverride<boolean | undefined>(RAW_RESPONSE, targets) === true;
    request.clientAddress = this.access.address(request);
    if (this.reflector.getAllAndOverride<boolean | undefined>(OPEN, targets)) return true;
    request.principal = this.access.identify(request, request.clientAddress);
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(SCOPE, targets);
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
