import { Injectable } from '@nestjs/common';
import type { DeliveryRecord } from './delivery.record.js';

/** Told about every delivery that reached a final state in this process, about every attempt, and about waiting. */
export interface DeliveryListener {
  /** A delivery begins to wait for room in a window. */
  paced?(): void;
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

  paced(): void {
    for (const listener of this.listeners) listener.paced?.();
  }

  attempted(record: DeliveryRecord): void {
    for (const listener of this.listeners) listener.attempted?.(record);
  }

  finished(record: DeliveryRecord): void {
    for (const listener of this.listeners) listener.finished?.(record);
  }
}
