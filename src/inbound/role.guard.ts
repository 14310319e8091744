import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { requestOf } from './gateway-request.js';

/** Everything that callers ask for lives below it; probes, metrics and status do not. */
const CALLERS_ROUTES = '/v1/';

/** A process with the role `worker` takes no requests of callers: that they arrive there is a mistake in the routing. */
@Injectable()
export class RoleGuard implements CanActivate {
  constructor(private readonly config: ConfigService) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.config.current.server.role !== 'worker') return true;
    const { route } = requestOf(context);
    if (!(route as { readonly path: string }).path.startsWith(CALLERS_ROUTES)) return true;
    throw new DeliveryError('not-found', {
      reason: 'role',
      hint: {
        zh: '此进程的 server.role 为 worker，不接收请求；请改发到 role 为 api 或 all 的进程',
        en: 'This process has server.role worker and takes no requests: send to one whose role is api or all',
      },
    });
  }
}
