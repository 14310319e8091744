/** What handlers return when an answer is more than its data. They say so by these classes, never by the data's look. */

/** 202: accepted, not done yet. */
export class AcceptedAnswer {
  constructor(
    readonly data: unknown,
    /** Where its state is told. */
    readonly location: string,
    /** The caller asked with `Prefer`, which is acknowledged. */
    readonly preferred: boolean,
  ) {}
}

/** A list that may go on. */
export class PageAnswer {
  constructor(
    readonly data: readonly unknown[],
    /** Address of the next page, relative; absent on the last one. */
    readonly next?: string,
  ) {}
}
