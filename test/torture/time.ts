import { FAKETIME } from './faketime.js';
import { contentOf, withFleet } from './fleet.js';
import { seconds, sleep, Verdict, type Scenario } from './scenario.js';

export const clockAhead: Scenario = {
  test: 'worker clock 10 min ahead (faketime), message due in 600 s (scaled: in 20 s)',
  figure: 'leaves at its time ± 2 s',
  ...(FAKETIME === undefined ? { onlyLong: 'faketime is not installed: apt-get install -y faketime' } : {}),
  run: (scale) =>
    withFleet({}, async (fleet) => {
      const delay = scale === 'short' ? 2 : 20;
      const verdict = new Verdict();
      if (FAKETIME === undefined) {
        verdict.expect(false, 'faketime is not installed');
        return verdict.outcome('not measured');
      }
      const api = await fleet.spawn('api');
      const worker = await fleet.spawn('worker', { env: { LD_PRELOAD: FAKETIME, FAKETIME: '+10m' } });
      const ahead = Math.round((Date.parse(String(worker.logs()[0]?.time)) - Date.now()) / 60_000);
      const accepted = Date.now();
      await fleet.send(api.url, 1, `async=true&delay=${delay}`);
      await fleet.drained((delay + 20) * 1_000);
      const [message] = fleet.platform.ledger.messages();
      const late = Date.parse(message?.at ?? '') - accepted - delay * 1_000;
      verdict.expect(ahead === 10, `the worker is ${ahead} min ahead`);
      verdict.expect(Math.abs(late) <= 2_000, `left ${seconds(late)} off its time`);
      return verdict.outcome(`left ${seconds(late)} after its time, by a worker ${ahead} min ahead`);
    }),
};

export const farSchedule: Scenario = {
  test: '`sendAt` in 5 hours with the default ttl (scaled: in 3 s, ttl 2 s)',
  figure: 'sent when due; its body is there',
  run: () =>
    withFleet({ settings: { delivery: { ttl: '2s' } } }, async (fleet) => {
      const verdict = new Verdict();
      const gateway = await fleet.spawn('all');
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
    }),
};

/** What a worker that was killed and started again finds: nothing waits for it by hand. */
export const lostWakeUps: Scenario = {
  test: 'every wake-up lost (queue emptied by hand)',
  figure: '0 lost, woken by the sweeper ≤ 12 s',
  run: (scale) =>
    withFleet({}, async (fleet) => {
      const verdict = new Verdict();
      const api = await fleet.spawn('api');
      const ids = await fleet.acceptMany(scale === 'short' ? 50 : 500, [api.url]);
      const keys = await fleet.client.keys('{mc}:deliveries:*');
      for (const key of keys) await fleet.client.del(key);
      // After 5 s the sweeper takes a wake-up for lost; in short they are over.
      if (scale === 'short') for (const id of ids) await fleet.client.zincrby('{mc}:due', -5_000, id);
      const started = Date.now();
      await fleet.spawn('worker');
      const drained = await fleet.drained(30_000);
      const took = Date.now() - started;
      await sleep(100);
      const sent = (await fleet.stored(ids)).filter(({ state }) => state === 'sent').length;
      verdict.expect(drained && sent === ids.length, `${sent} of ${ids.length} sent`);
      verdict.expect(took <= 12_000, `took ${seconds(took)}`);
      return verdict.outcome(`${sent} of ${ids.length} sent within ${seconds(took)}`);
    }),
};
