import { createHash } from 'node:crypto';
import type { CallbackTarget } from '../../config/callback.settings.js';
import type { Subscriptions } from '../delivery-store.js';
import type { DeliveryRecord, DeliveryState } from '../delivery.record.js';
import { viewOf } from '../delivery.view.js';

/** Tells targets apart without storing their address; a changed configuration is noticed by it. */
export function nameOf(target: CallbackTarget): string {
  return createHash('sha256').update(target.url).digest('base64url').slice(0, 16);
}

/** Who is told about which final state, as it is configured. */
export function subscriptionsOf(targets: readonly CallbackTarget[]): Subscriptions {
  const byState: Partial<Record<DeliveryState, string[]>> = {};
  for (const target of targets) {
    for (const event of target.events) {
      const state = event.slice('delivery.'.length) as DeliveryState;
      (byState[state] ??= []).push(nameOf(target));
    }
  }
  return byState;
}

/** The text of an outcome event: the delivery as callers see it, as it was when it ended. */
export function eventOf(record: DeliveryRecord): string {
  const timestamp = new Date(record.finishedAt ?? record.acceptedAt).toISOString();
  return JSON.stringify({ type: `delivery.${record.state}`, timestamp, data: viewOf(record) });
}
