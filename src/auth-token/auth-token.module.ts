import { Global, Module } from '@nestjs/common';
import { AuthTokenService } from './auth-token.service.js';

/** Access tokens for every provider. */
@Global()
@Module({ providers: [AuthTokenService], exports: [AuthTokenService] })
export class AuthTokenModule {}
