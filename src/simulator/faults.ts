/** What can go wrong with a call. "Not processed" means that no message is accepted and no state changes. */
export type Fault =
  /** Answers with this status; not processed. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: string; readonly contentType?: string }
  /** Answers with any JSON; not processed. */
  | { readonly kind: 'json'; readonly body: unknown; readonly status?: number }
  /** Answers with an HTML page, by default a proxy's 502; not processed. */
  | { readonly kind: 'html'; readonly status?: number; readonly body?: string }
  /** Answers with a body of no bytes; not processed. */
  | { readonly kind: 'empty'; readonly status?: number }
  /** Processed, then half of the answer under a full Content-Length, then the socket is destroyed. */
  | { readonly kind: 'truncated' }
  /** Read, not processed, never answered; the socket stays open until the simulator closes. */
  | { readonly kind: 'hang' }
  /** Processed and recorded, never answered. */
  | { readonly kind: 'process-then-hang' }
  /** The socket is destroyed as soon as the request head is there; not processed. */
  | { readonly kind: 'cut-before-read' }
  /** Processed and recorded, then the socket is destroyed without a byte of answer. */
  | { readonly kind: 'cut-after-read' }
  /** Waits, then goes on as usual, even if the caller has left in the meantime. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** 302 to another place; not processed. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** Streams JSON of that size; not processed. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** Processed, answered one byte at a time. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Processed, but `errcode` is sent as text. */
  | { readonly kind: 'string-errcode' }
  /** HTTP 200 with this code of the platform; not processed. Further members are sent along (`sub_code` …). */
  | { readonly kind: 'code'; readonly errcode: number; readonly errmsg: string; readonly [member: string]: unknown }
  /** Processed, the JSON is sent as text/plain. */
  | { readonly kind: 'wrong-content-type' };

export interface FaultScope {
  /**
   * Which calls: a path (that path and everything below it) or a pattern. Without it every call except those to a
   * token endpoint, so that a test about sending need not count token requests.
   */
  readonly path?: string | RegExp;
}

export interface FaultSchedule extends FaultScope {
  /** How many matching calls are hit. Default 1. */
  readonly times?: number;
  /** How many matching calls pass unharmed before. Default 0. */
  readonly after?: number;
}

interface PlannedFault {
  readonly fault: Fault;
  readonly path?: string | RegExp;
  left: number;
  passing: number;
}

/**
 * The faults waiting for calls. Those given to {@link next} are used up in the order in which they were given;
 * {@link always} holds until {@link clear} and yields to a waiting `next`.
 */
export class Faults {
  private planned: PlannedFault[] = [];
  private standing: PlannedFault[] = [];

  /** The next matching calls meet this fault. */
  next(fault: Fault, schedule: FaultSchedule = {}): this {
    this.planned.push({ fault, path: schedule.path, left: schedule.times ?? 1, passing: schedule.after ?? 0 });
    return this;
  }

  /** Every matching call meets this fault. The latest rule for a path wins. */
  always(fault: Fault, scope: FaultScope = {}): this {
    this.standing.unshift({ fault, path: scope.path, left: Infinity, passing: 0 });
    return this;
  }

  clear(): void {
    this.planned = [];
    this.standing = [];
  }

  /** How many planned faults have not met their last call yet. A test may demand 0 at its end. */
  get pending(): number {
    return this.planned.length;
  }

  /** Chooses the fault for a call that has just arrived, and counts it as used. */
  take(path: string, isTokenEndpoint: boolean): Fault | undefined {
    for (const plan of this.planned) {
      if (!matches(plan.path, path, isTokenEndpoint)) continue;
      if (plan.passing > 0) {
        plan.passing -= 1;
        continue;
      }
      plan.left -= 1;
      if (plan.left <= 0) this.planned = this.planned.filter((other) => other !== plan);
      return plan.fault;
    }
    return this.standing.find((plan) => matches(plan.path, path, isTokenEndpoint))?.fault;
  }
}

function matches(wanted: string | RegExp | undefined, path: string, isTokenEndpoint: boolean): boolean {
  if (wanted === undefined) return !isTokenEndpoint;
  if (wanted instanceof RegExp) return path.search(wanted) >= 0;
  return path === wanted || path.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`);
}
