/** Injection token of the delivery store; undefined is provided where none can keep its promise. */
export const DELIVERY_STORE = Symbol('delivery-store');
/** Injection token of the queue that wakes workers. */
export const WAKE_QUEUE = Symbol('wake-queue');
