import { Module } from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { AccessService } from './access.service.js';
import { BodyGuard } from './body.guard.js';
import { CallerLimitGuard } from './caller-limit.guard.js';
import { KeyAddresses } from './key-addresses.js';
import { KeyAuthenticator } from './key-authenticator.js';
import { KeyStatusService } from './key-status.service.js';
import { RoleGuard } from './role.guard.js';
import { ValidationPipe } from './validation.pipe.js';

/** What a request passes before a provider sees it, in this order: caller, role, frequency, body, validation. */
@Module({
  providers: [
    KeyStatusService,
    KeyAddresses,
    KeyAuthenticator,
    AccessService,
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: RoleGuard },
    { provide: APP_GUARD, useClass: CallerLimitGuard },
    { provide: APP_GUARD, useClass: BodyGuard },
    { provide: APP_PIPE, useClass: ValidationPipe },
  ],
  exports: [AccessService],
})
export class InboundModule {}
