import type { GatewayProcess } from '../support/process.js';
import { account } from './account.js';
import { contentOf, type Member } from './fleet.js';
import { onFleet } from './on-fleet.js';
import { forEach, seconds, sleep, until, Verdict, type Scenario } from './scenario.js';

/** Cancels that are asked for around the moment when the message is due. */
export const cancels: Scenario = {
  test: '10,000 cancels racing their due time',
  figure: '0 both, 0 neither',
  prepare: onFleet({
    cast: async (fleet) => [await fleet.spawn('all'), await fleet.spawn('all')] as const,
    act: async (fleet, [gateway, other]) => {
      const short = fleet.scale === 'short';
      const count = short ? 200 : 10_000;
      const verdict = new Verdict();
      const [ahead, spread, around] = short ? [800, 500, 1_000] : [14_000, 15_000, 2_000];
      const base = Date.now() + ahead;
      const due: number[] = [];
      const ids: string[] = [];
      await forEach(count, 64, async (n) => {
        due[n] = base + Math.floor((n * spread) / count);
        const sendAt = encodeURIComponent(new Date(due[n]).toISOString());
        const { id, status } = await fleet.send(gateway.url, n, `async=true&dedupe=off&sendAt=${sendAt}`);
        if (status !== 202 || id === undefined) throw new Error(`message ${n} was answered ${status}`);
        ids[n] = id;
      });
      const statuses: number[] = [];
      await forEach(count, 128, async (n) => {
        // Some cancels come before the sweeper and the workers, some after.
        await sleep(Math.max(0, (due[n] ?? 0) + Math.random() * around - Date.now()));
        statuses[n] = (await fleet.request('DELETE', `${other.url}/v1/deliveries/${ids[n]}`)).status;
      });
      await fleet.drained(30_000);
      const received = fleet.received();
      const tally = { cancelled: 0, sent: 0, both: 0, neither: 0, other: 0 };
      statuses.forEach((status, n) => {
        const arrived = received.has(contentOf(n));
        if (status === 200 && arrived) tally.both += 1;
        else if (status === 200) tally.cancelled += 1;
        else if (status === 409 && arrived) tally.sent += 1;
        else if (status === 409) tally.neither += 1;
        else tally.other += 1;
      });
      verdict.expect(tally.both === 0, `${tally.both} both sent and cancelled`);
      verdict.expect(tally.neither === 0, `${tally.neither} neither`);
      verdict.expect(tally.other === 0, `${tally.other} answered otherwise`);
      verdict.expect(tally.cancelled > 0 && tally.sent > 0, 'there was no race');
      return verdict.outcome(
        `${tally.cancelled} cancelled, ${tally.sent} sent, ${tally.both} both, ${tally.neither} neither`,
      );
    },
  }),
};

export const idempotencyKeys: Scenario = {
  test: '1,000 idempotency keys × 100 parallel requests',
  figure: '1,000 messages',
  prepare: onFleet({
    cast: (fleet) => Promise.all([fleet.spawn('api'), fleet.spawn('all')]),
    act: async (fleet, gateways) => {
      const [keys, parallel] = fleet.scale === 'short' ? [20, 20] : [1_000, 100];
      const verdict = new Verdict();
      const urls = gateways.map(({ url }) => url);
      const answers = new Map<number, number>();
      const started = Date.now();
      await forEach(keys, 2, (key) =>
        forEach(parallel, parallel, async (i) => {
          const headers = { 'Idempotency-Key': `torture-${key}`, 'X-App': 'default' };
          const { status } = await fleet.send(String(urls[i % urls.length]), key, 'async=true', headers);
          answers.set(status, (answers.get(status) ?? 0) + 1);
        }),
      );
      const took = Date.now() - started;
      await fleet.drained(30_000);
      const messages = fleet.platform.ledger.messages().length;
      const others = [...answers.keys()].filter((status) => status !== 202 && status !== 409);
      verdict.expect(messages === keys, `${messages} messages for ${keys} keys`);
      verdict.expect(others.length === 0, `answers ${others.join(', ')}`);
      const told = [...answers].map(([status, count]) => `${count} × ${status}`).join(', ');
      return verdict.outcome(`${messages} messages for ${keys} keys; ${told} in ${seconds(took)}`);
    },
  }),
};

/** The client repeats with the same key until it hears 202. */
export const apiKills: Scenario = {
  test: 'kill -9 of the API between record and queue, 1,000 requests with keys, all repeated by the client',
  figure: '1,000 messages, 0 stuck after 30 s',
  prepare: onFleet({
    cast: (fleet) => fleet.spawnProcess('api'),
    act: async (fleet, first) => {
      const short = fleet.scale === 'short';
      const [count, kills] = short ? [60, 1] : [1_000, 10];
      const verdict = new Verdict();
      let victim: GatewayProcess = first;
      let api: Member = first;
      const ids: string[] = [];
      let repeated = 0;
      let accepted = 0;
      let orphans = 0;
      const sending = forEach(count, 64, async (n) => {
        for (;;) {
          const { status, id } = await fleet.send(api.url, n, undefined, { 'Idempotency-Key': `order-${n}` });
          if (status === 202 && id !== undefined) {
            ids[n] = id;
            accepted += 1;
            return;
          }
          repeated += 1;
          await sleep(200);
        }
      });
      for (let kill = 1; kill <= kills; kill += 1) {
        const share = (count * kill) / (kills + 1);
        await until(() => accepted >= share, 60_000, 1);
        await fleet.crash(victim);
        const jobs = await fleet.client.lrange('{mc}:deliveries:wait', 0, -1);
        // A job may wake for several; its id says for how many more than one.
        const waiting = jobs.reduce((sum, job) => sum + 1 + Number(/\+(\d+)$/.exec(job)?.[1] ?? 0), 0);
        orphans += Math.max(0, (await fleet.countIn(['accepted'])) - waiting);
        if (short) api = await fleet.spawn('api');
        else api = victim = await fleet.spawnProcess('api');
      }
      await sending;
      // Whoever was killed left records without a wake-up: only now does anybody work.
      await fleet.hasten();
      await fleet.spawn('worker');
      const drained = await fleet.drained(30_000);
      const { sent, lost, repeats } = await account(fleet, ids);
      const messages = fleet.platform.ledger.messages().length;
      verdict.expect(drained, `${await fleet.open()} stuck after 30 s`);
      verdict.expect(messages === count && sent === count, `${messages} messages of ${count}`);
      verdict.expect(lost === 0 && repeats === 0, `${lost} lost, ${repeats} repeats`);
      return verdict.outcome(
        `${messages} messages for ${count} requests, ${kills} kills, ${repeated} repeats by the client, ` +
          `${orphans} records found without a wake-up; ${drained ? '0 stuck' : 'some stuck'}`,
      );
    },
  }),
};
