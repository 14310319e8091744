import type { GatewayProcess } from '../support/process.js';
import { account } from './account.js';
import { quickTakeover, type Fleet, type Member } from './fleet.js';
import { onFleet } from './on-fleet.js';
import { seconds, sleep, until, Verdict, type Outcome, type Scenario } from './scenario.js';

const CONCURRENCY = 10;

interface Crew {
  readonly api: Member;
  /** Those that are killed in turn. */
  readonly workers: GatewayProcess[];
}

/** In short one worker of two is killed and nobody follows; in the long form a new one comes for each. */
async function killWorkers(fleet: Fleet, { api, workers }: Crew, query: string): Promise<Outcome> {
  const [count, kills] = fleet.scale === 'short' ? [200, 1] : [10_000, 5];
  const verdict = new Verdict();
  const parks = query.includes('park');
  // Long enough that every kill meets messages under way.
  fleet.platform.faults.always({ kind: 'delay', ms: 20 });
  const accepting = fleet.acceptMany(count, [api.url], query);
  for (let kill = 1; kill <= kills; kill += 1) {
    const share = (count * kill) / (kills + 1);
    await until(() => fleet.platform.ledger.messages().length >= share, 60_000, 5);
    const place = kill % workers.length;
    const victim = workers[place];
    if (victim) await fleet.crash(victim);
    if (kill < kills) workers[place] = await fleet.spawnProcess('worker');
  }
  const lastKill = Date.now();
  if (fleet.scale === 'long') await fleet.spawnProcess('worker');
  const ids = await accepting;
  await fleet.hasten();
  const drained = await fleet.drained(90_000);
  const took = Date.now() - lastKill;
  await sleep(200);
  const { sent, lost, repeats, unflagged, parked } = await account(fleet, ids);
  const allowed = parks ? 0 : kills * CONCURRENCY;
  verdict.expect(drained && took <= 60_000, `drained ${seconds(took)} after the last kill`);
  verdict.expect(lost === 0, `${lost} lost`);
  verdict.expect(repeats <= allowed, `${repeats} repeats`);
  verdict.expect(unflagged === 0, `${unflagged} repeats unflagged`);
  const rest = parks ? `${parked} parked` : `${unflagged} of them unflagged`;
  return verdict.outcome(
    `${sent} of ${count} sent, ${lost} lost, ${repeats} repeats, ${rest}; drained after ${seconds(took)}`,
  );
}

function prepare(query: string): Scenario['prepare'] {
  return onFleet({
    options: (scale) => ({ settings: scale === 'short' ? quickTakeover(1_500, 500) : {} }),
    cast: async (fleet) => {
      const [api, victim, other] = await Promise.all([
        fleet.spawn('api'),
        fleet.spawnProcess('worker'),
        fleet.scale === 'short' ? fleet.spawn('worker').then(() => undefined) : fleet.spawnProcess('worker'),
      ]);
      return { api, workers: other ? [victim, other] : [victim] };
    },
    act: (fleet, crew) => killWorkers(fleet, crew, query),
  });
}

export const workerKills: Scenario = {
  test: '10,000 accepted, 5 × kill -9 of workers, 2 workers × concurrency 10',
  figure: '0 lost, repeats ≤ 50, unflagged repeats 0, drained ≤ 60 s after the last kill',
  prepare: prepare('async=true&dedupe=off'),
};

export const workerKillsParked: Scenario = {
  test: 'the same with `onUnknown=park`',
  figure: '0 lost, 0 repeats',
  prepare: prepare('async=true&dedupe=off&onUnknown=park'),
};
