import { SetMetadata } from '@nestjs/common';

/** Metadata key of {@link RawResponse}. */
export const RAW_RESPONSE = Symbol('raw-response');

/** This route answers as it is, without the envelope: probes, metrics, plain text. */
export function RawResponse(): MethodDecorator & ClassDecorator {
  return SetMetadata(RAW_RESPONSE, true);
}
