import { contentOf, FINAL_STATES, type Fleet } from './fleet.js';

/** Compares what was accepted with what arrived and with what the records say. */
export async function account(fleet: Fleet, ids: readonly string[], firstMessage = 0): Promise<Account> {
  const received = fleet.received();
  const stored = await fleet.stored(ids);
  const tally = { sent: 0, lost: 0, repeats: 0, unflagged: 0, parked: 0 };
  stored.forEach(({ state, flagged }, i) => {
    const times = received.get(contentOf(firstMessage + i)) ?? 0;
    if (state === 'sent') tally.sent += 1;
    if (state === 'unknown') tally.parked += 1;
    if (state === undefined || !FINAL_STATES.includes(state) || (state === 'sent' && times === 0)) tally.lost += 1;
    if (times > 1) tally.repeats += times - 1;
    if (times > 1 && !flagged) tally.unflagged += 1;
  });
  return tally;
}

export interface Account {
  readonly sent: number;
  readonly lost: number;
  readonly repeats: number;
  /** Arrived more than once without saying so. */
  readonly unflagged: number;
  readonly parked: number;
}
