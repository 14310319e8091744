import { adviceOn, NO_ADVICE, type Advice } from '../inbound/advice.js';
import type { DtoClass } from '../inbound/fields.js';
import type { CallContext } from './call-context.js';
import { DeliveryError } from './delivery-error.js';
import { carriedMessage, identityMembers } from './message-field.js';
import type { Operation, ResolvedApp } from './provider.contract.js';

/** What is checked between the validation of a request and its sending: rules that need the app or the caller. */

/** Advised limits that a request exceeds: its own members, its message, and what the operation knows. */
export function adviceFor<Input>(operation: Operation<Input>, input: Input, app: ResolvedApp): readonly Advice[] {
  if (typeof input !== 'object' || input === null) return [];
  const carried = operation.messages && carriedMessage(input);
  const own = adviceOn(operation.input, input as Record<string, unknown>, '');
  const onMessage = (carried && operation.messages?.advice(carried.message, carried.path)) ?? NO_ADVICE;
  const ofOperation = operation.advise?.(input, app) ?? NO_ADVICE;
  // Nearly always there is none.
  return own.length + onMessage.length + ofOperation.length === 0 ? NO_ADVICE : [...own, ...onMessage, ...ofOperation];
}

/**
 * Reaching everybody needs a scope of its own.
 * @throws DeliveryError kind `forbidden`
 */
export function requireBroadcast<Input>(operation: Operation<Input>, input: Input, call: CallContext): void {
  if (!operation.broadcasts?.(input) || call.principal?.has('broadcast') !== false) return;
  throw new DeliveryError('forbidden', {
    reason: 'broadcast',
    hint: { zh: '发给所有人需要 scope: broadcast', en: 'Reaching everybody needs the scope broadcast' },
  });
}

/**
 * Identity members must say what the configuration says.
 * @throws DeliveryError kind `invalid-request`
 */
export function refuseForeignIdentity(input: unknown, app: ResolvedApp): void {
  if (typeof input !== 'object' || input === null) return;
  const complaints = identityMembers(input.constructor as DtoClass).flatMap(({ member, setting }) => {
    const given = (input as Record<string, string | number | null | undefined>)[member] ?? undefined;
    const configured = (app.settings as Readonly<Record<string, unknown>>)[setting] as string | number | undefined;
    if (given === undefined || String(given) === String(configured)) return [];
    return [
      {
        path: member,
        message: {
          zh: `由配置决定（应用 ${app.name}），请省略或用 X-App 选择应用`,
          en: `comes from the configuration (app ${app.name}): leave it out, or choose the app with X-App`,
        },
      },
    ];
  });
  if (complaints.length > 0) throw DeliveryError.invalid(complaints);
}
