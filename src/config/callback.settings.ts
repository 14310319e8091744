import { z } from 'zod';
import { secret } from './scalars.js';

/** Events that a callback can ask for: the final states of a delivery. */
export const CALLBACK_EVENTS = [
  'delivery.sent',
  'delivery.partial',
  'delivery.rejected',
  'delivery.unknown',
  'delivery.cancelled',
  'delivery.expired',
  'delivery.dead',
  'delivery.quarantined',
] as const;
export type CallbackEvent = (typeof CALLBACK_EVENTS)[number];

const callback = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ secret: true, description: 'Where outcomes are posted to.' }),
  secret: secret('Signing secret, whsec_ and base64 of 24 to 64 bytes (Standard Webhooks).').refine(
    (text) => /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(text),
    'must be whsec_ and the base64 of 24 to 64 random bytes',
  ),
  events: z
    .array(z.enum(CALLBACK_EVENTS))
    .min(1)
    .default([...CALLBACK_EVENTS]),
  allowPrivate: z
    .boolean()
    .default(false)
    .meta({ description: 'May the address be in a private network? Link-local metadata addresses never.' }),
});

/** The block `callbacks`. */
export const callbacks = z
  .array(callback)
  .default([])
  .meta({ description: 'Who is told about the outcome of asynchronous deliveries, signed by Standard Webhooks.' });

export type CallbackTarget = z.output<typeof callback>;
