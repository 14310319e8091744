import { account, quickTakeover, withFleet, type Fleet } from './fleet.js';
import { seconds, sleep, until, Verdict, type Outcome, type Scale, type Scenario } from './scenario.js';

const KILLS = 5;
const CONCURRENCY = 10;

async function killWorkers(fleet: Fleet, count: number, kills: number, query: string): Promise<Outcome> {
  const verdict = new Verdict();
  const parks = query.includes('park');
  // Long enough that every kill meets messages under way.
  fleet.platform.faults.always({ kind: 'delay', ms: 20 });
  const [api, ...workers] = await Promise.all([fleet.spawn('api'), fleet.spawn('worker'), fleet.spawn('worker')]);
  const accepting = fleet.acceptMany(count, [api.url], query);
  for (let kill = 1; kill <= kills; kill += 1) {
    const share = (count * kill) / (kills + 1);
    await until(() => fleet.platform.ledger.messages().length >= share, 60_000, 5);
    const place = kill % workers.length;
    const victim = workers[place];
    if (victim) await fleet.crash(victim);
    if (kill < kills) workers[place] = await fleet.spawn('worker');
  }
  const lastKill = Date.now();
  workers.push(await fleet.spawn('worker'));
  const ids = await accepting;
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

function run(query: string) {
  return (scale: Scale): Promise<Outcome> =>
    withFleet({ settings: scale === 'short' ? quickTakeover(scale) : {} }, (fleet) =>
      scale === 'short' ? killWorkers(fleet, 300, 1, query) : killWorkers(fleet, 10_000, KILLS, query),
    );
}

export const workerKills: Scenario = {
  test: '10,000 accepted, 5 × kill -9 of workers, 2 workers × concurrency 10',
  figure: '0 lost, repeats ≤ 50, unflagged repeats 0, drained ≤ 60 s after the last kill',
  run: run('async=true&dedupe=off'),
};

export const workerKillsParked: Scenario = {
  test: 'the same with `onUnknown=park`',
  figure: '0 lost, 0 repeats',
  run: run('async=true&dedupe=off&onUnknown=park'),
};
