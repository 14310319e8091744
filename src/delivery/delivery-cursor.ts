/** A cursor that no list of ours gave out. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

/** The last delivery of a page: the next page goes on below it. */
export interface ListPosition {
  /** Epoch milliseconds, or whatever a store sorts by first. */
  readonly score: number;
  readonly id: string;
}

/** Text for callers to hand back; they need not know what is in it. */
export function writeCursor({ score, id }: ListPosition): string {
  return Buffer.from(`${score} ${id}`).toString('base64url');
}

/** @throws CursorError */
export function readCursor(cursor: string): ListPosition {
  const match = /^(\d{1,16}) (dlv_[\w-]{1,60})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) throw new CursorError('the cursor is not one of this list');
  return { score: Number(match[1]), id: match[2] as string };
}
