import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { DeliveryError } from '../providers/delivery-error.js';
import { ignoresUnknownMembers, takeMessage } from '../providers/message-field.js';
import { accept, readStrictly, type DtoClass } from './fields.js';

const BUILT_IN = new Set<unknown>([String, Boolean, Number, Array, Object]);

/**
 * Validates bodies and queries against their DTO, synchronously: no rule of ours waits for anything, and the
 * framework's own pipe spends more time around the validation than in it. All complaints are reported at once.
 */
@Injectable()
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const dto = metadata.metatype as DtoClass | undefined;
    if (!dto || BUILT_IN.has(dto) || metadata.type === 'custom' || metadata.type === 'param') return value;
    const given = (value ?? {}) as Record<string, unknown>;
    return metadata.type === 'query' ? validate(dto, withoutApp(given), 'query') : validate(dto, given);
  }
}

/** `?app=` is no matter of a route: it chooses the app on all of them, and is read with the call's context. */
function withoutApp({ app: _app, ...query }: Record<string, unknown>): Record<string, unknown> {
  return query;
}

/**
 * The validated instance of a DTO.
 * @param path prefix of the complaints' paths
 * @throws DeliveryError kind `invalid-request` with every complaint
 */
export function validate<T extends object>(dto: DtoClass<T>, value: Record<string, unknown>, path = ''): T {
  // The message goes to the platform exactly as it came: it is checked, but neither copied nor converted.
  const message = takeMessage(dto, value);
  const unknown = ignoresUnknownMembers(dto) ? 'drop' : 'refuse';
  const accepted = accept(dto, value, unknown, message?.members);
  const { instance, complaints } = accepted
    ? { instance: accepted, complaints: [] }
    : readStrictly(dto, message?.rest() ?? value, unknown, path);
  message?.give(instance);
  const all = [...complaints, ...(message?.check.complaints ?? [])];
  if (all.length === 0) return instance;
  throw DeliveryError.invalid(all, complaints.length === 0 ? message?.check.sentence : undefined);
}
