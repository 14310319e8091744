import { DeliveryError } from '../providers/delivery-error.js';

/** What a caller is told while the store has no room for more. */
export function storageFull(): DeliveryError {
  return new DeliveryError('unavailable', {
    reason: 'storage_full',
    retryAfter: 30,
    hint: { zh: '存储已满，没有接受；稍后重试', en: 'The store is full, nothing was accepted; try again later' },
  });
}
