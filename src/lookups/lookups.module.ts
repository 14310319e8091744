import { Global, Module } from '@nestjs/common';
import { LookupMisses } from './lookup-misses.js';

/** What look-ups found nobody, for every provider. */
@Global()
@Module({ providers: [LookupMisses], exports: [LookupMisses] })
export class LookupsModule {}
