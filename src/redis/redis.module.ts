import { Global, Module } from '@nestjs/common';
import { RedisService } from './redis.service.js';

/** The connection to Redis that everything but tokens shares. */
@Global()
@Module({ providers: [RedisService], exports: [RedisService] })
export class RedisModule {}
