import { Global, Module } from '@nestjs/common';
import { OutboundClient } from './outbound.client.js';

/** The way out to the platforms. Global, so that a provider module of yours need not import it. */
@Global()
@Module({ providers: [OutboundClient], exports: [OutboundClient] })
export class OutboundModule {}
