import { FAKETIME } from './faketime.js';
import { contentOf } from './fleet.js';
import { onFleet } from './on-fleet.js';
import { seconds, sleep, Verdict, type Scenario } from './scenario.js';

export const clockAhead: Scenario = {
  test: 'worker clock 10 min ahead (faketime), message due in 600 s',
  figure: 'leaves at its time ± 2 s',
  ...(FAKETIME === undefined ? { onlyLong: 'faketime is not installed: apt-get install -y faketime' } : {}),
  prepare: onFleet({
    cast: async (fleet) => {
      if (FAKETIME === undefined) return undefined;
      const clock = { LD_PRELOAD: FAKETIME, FAKETIME: '+10m' };
      const [api, worker] = await Promise.all([fleet.spawn('api'), fleet.spawnProcess('worker', clock)]);
      return { api, worker };
    },
    act: async (fleet, members) => {
      const delay = fleet.scale === 'short' ? 2 : 600;
      const verdict = new Verdict();
      if (!members) {
        verdict.expect(false, 'faketime is not installed');
        return verdict.outcome('not measured');
      }
      const { api, worker } = members;
      const ahead = Math.round((Date.parse(String(worker.logs()[0]?.time)) - Date.now()) / 60_000);
      const accepted = Date.now();
      await fleet.send(api.url, 1, `async=true&delay=${delay}`);
      await fleet.drained((delay + 20) * 1_000);
      const [message] = fleet.platform.ledger.messages();
      const late = Date.parse(message?.at ?? '') - accepted - delay * 1_000;
      verdict.expect(ahead === 10, `the worker is ${ahead} min ahead`);
      // By its own clock the worker would send at once.
      verdict.expect(late >= -500 && late <= 2_000, `left ${seconds(late)} off its time`);
      return verdict.outcome(`left ${seconds(late)} after its time, by a worker ${ahead} min ahead`);
    },
  }),
};

export const farSchedule: Scenario = {
  test: '`sendAt` in 5 hours with the default ttl (scaled: in 3 s, ttl 2 s)',
  figure: 'sent when due; its body is there',
  prepare: onFleet({
    options: () => ({ settings: { delivery: { ttl: '2s' } } }),
    cast: (fleet) => fleet.spawn('all'),
    act: async (fleet, gateway) => {
      const verdict = new Verdict();
      const due = Date.now() + 3_000;
      const sendAt = encodeURIComponent(new Date(due).toISOString());
      const { id } = await fleet.send(gateway.url, 7, `async=true&sendAt=${sendAt}`);
      await fleet.drained(10_000);
      const [message] = fleet.platform.ledger.messages();
      const late = Date.parse(message?.at ?? '') - due;
      const [record] = await fleet.stored([String(id)]);
      verdict.expect(record?.state === 'sent', `it is ${record?.state}`);
      verdict.expect(fleet.received().has(contentOf(7)), 'its text did not arrive');
      verdict.expect(late >= -50 && late <= 2_000, `${seconds(late)} off its time`);
      return verdict.outcome(`sent ${seconds(late)} after its time, with its text`);
    },
  }),
};

/** What a worker that was killed and started again finds: nothing waits for it by hand. */
export const lostWakeUps: Scenario = {
  test: 'every wake-up lost (queue emptied by hand)',
  figure: '0 lost, woken by the sweeper ≤ 12 s',
  prepare: onFleet({
    cast: (fleet) => fleet.spawn('api'),
    act: async (fleet, api) => {
      const verdict = new Verdict();
      const ids = await fleet.acceptMany(fleet.scale === 'short' ? 50 : 500, [api.url]);
      const keys = await fleet.client.keys('{mc}:deliveries:*');
      for (const key of keys) await fleet.client.del(key);
      await fleet.hasten();
      const started = Date.now();
      await fleet.spawn('worker');
      const drained = await fleet.drained(30_000);
      const took = Date.now() - started;
      await sleep(100);
      const sent = (await fleet.stored(ids)).filter(({ state }) => state === 'sent').length;
      verdict.expect(drained && sent === ids.length, `${sent} of ${ids.length} sent`);
      verdict.expect(took <= 12_000, `took ${seconds(took)}`);
      return verdict.outcome(`${sent} of ${ids.length} sent within ${seconds(took)}`);
    },
  }),
};
