/** A wall clock that is further ahead than this was set, milliseconds. */
const SET_MS = 1_000;

/** Epoch milliseconds. Follows the wall clock when that is set forward; when it is set back, goes on without it. */
export function forwardClock(): () => number {
  let ahead = Date.now() - performance.now();
  return () => {
    const seen = Date.now() - performance.now();
    if (seen - ahead > SET_MS) ahead = seen;
    return performance.now() + ahead;
  };
}
