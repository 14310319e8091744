import { kindRule, type Bilingual, type ErrorKind } from '../envelope/kinds.js';

/** One complaint about a request: which member, what was wrong and what would be right. */
export interface Complaint {
  /** Dotted path of the member, `msg.text.content`; `body` for the body itself, `query.async` for a parameter. */
  readonly path: string;
  readonly message: Bilingual;
}

export interface DeliveryErrorDetails {
  /** Sentence for `msg`; default: the operation's own, else the kind's. */
  readonly sentence?: Bilingual;
  /** What the caller should do; default: the kind's. */
  readonly hint?: Bilingual;
  /** Validation complaints, for kind `invalid-request`. */
  readonly complaints?: readonly Complaint[];
  /** Text for `data` when neither a platform nor the validation spoke (system A's allowed extensions, for instance). */
  readonly detail?: string;
  /** It may have been done all the same: an idempotency key stays claimed, so that a repeat does not do it twice. */
  readonly maybeDone?: boolean;
  /** Some of it was done, the rest was not: a repeat would do that again, so it gets this very answer. */
  readonly partlyDone?: boolean;
  /** It stays like this: a repeat gets the same refusal, whatever the kind says, so nobody is told to wait for one. */
  readonly final?: boolean;
  /** Takes the place of everything else in `data`. */
  readonly data?: unknown;
  readonly provider?: string;
  /** The platform's own code, unwrapped, as it came. */
  readonly errcode?: number | string;
  /** The platform's own words, already redacted. */
  readonly errmsg?: string;
  /** Seconds after which a repeat makes sense. */
  readonly retryAfter?: number;
  /** Name of the reason inside the kind, for logs (`ECONNREFUSED`, `html`, `deadline`). Never a URL. */
  readonly reason?: string;
}

/**
 * The one error of the service. It carries a kind and what people need to act on it, and never a URL, a header or an
 * error object of an HTTP library: those hold tokens.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** The failure sentence of the operation that was running, filled in by whoever knows it. */
  operationSentence?: Bilingual;

  constructor(
    readonly kind: ErrorKind,
    readonly details: DeliveryErrorDetails = {},
  ) {
    super(details.reason ?? details.errmsg ?? kindRule(kind).sentence.en);
  }

  /**
   * The same error in the words of the operation that failed. A copy, because operations that wait for one token get
   * one error.
   */
  during(operationSentence: Bilingual): DeliveryError {
    const told = new DeliveryError(this.kind, this.details);
    told.operationSentence = operationSentence;
    return told;
  }

  /** A request that failed our own validation. */
  static invalid(complaints: readonly Complaint[], sentence?: Bilingual): DeliveryError {
    return new DeliveryError('invalid-request', { complaints, sentence });
  }
}
