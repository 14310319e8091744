import { Injectable } from '@nestjs/common';
import type { DeliveryRecord } from './delivery.record.js';

/** Told about every delivery that reached a final state in this process, and about every attempt. */
export interface DeliveryListener {
  attempted?(record: DeliveryRecord): void;
  finished?(record: DeliveryRecord): void;
}

/** Where metrics and callbacks listen. Listeners must not throw and must not be waited for. */
@Injectable()
export class DeliveryEvents {
  private readonly listeners = new Set<DeliveryListener>();

  add(listener: DeliveryListener): void {
    this.listeners.add(listener);
  }

  attempted(record: DeliveryRecord): void {
    for (const listener of this.listeners) listener.attempted?.(record);
  }

  finished(record: DeliveryRecord): void {
    for (const listener of this.listeners) listener.finished?.(record);
  }
}
