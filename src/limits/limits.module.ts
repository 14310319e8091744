import { Global, Module } from '@nestjs/common';
import { RateLimiter } from './rate-limiter.js';

/** Counting, shared by every limit of ours. */
@Global()
@Module({ providers: [RateLimiter], exports: [RateLimiter] })
export class LimitsModule {}
