import type { DeliveryAttempt, DeliveryRecord } from './delivery.record.js';

/** A delivery as callers see it: moments as RFC 3339, nothing of the body. */
export function viewOf(record: DeliveryRecord) {
  return {
    id: record.id,
    status: record.state,
    statusUrl: `/v1/deliveries/${record.id}`,
    provider: record.provider,
    app: record.app,
    operation: record.operation,
    batchId: record.batchId ?? null,
    requestId: record.requestId,
    acceptedAt: moment(record.acceptedAt),
    dueAt: moment(record.dueAt),
    expiresAt: moment(record.expiresAt),
    nextAttemptAt: moment(record.nextAt),
    finishedAt: moment(record.finishedAt),
    onUnknown: record.onUnknown,
    possibleDuplicate: record.possibleDuplicate,
    pacedBy: record.pacedBy,
    mayBeDropped: record.mayBeDropped,
    result: record.result ?? null,
    receipt: record.receipt,
    attempts: record.attempts.map(attemptView),
  };
}

export type DeliveryView = ReturnType<typeof viewOf>;

function attemptView(attempt: DeliveryAttempt) {
  return {
    n: attempt.n,
    startedAt: moment(attempt.startedAt),
    endedAt: moment(attempt.endedAt ?? null),
    worker: attempt.worker,
    result: attempt.result,
    errcode: attempt.errcode ?? null,
    errmsg: attempt.errmsg ?? null,
    reason: attempt.reason ?? null,
    late: attempt.late ?? false,
  };
}

function moment(milliseconds: number | null): string | null {
  return milliseconds === null || milliseconds === 0 ? null : new Date(milliseconds).toISOString();
}
