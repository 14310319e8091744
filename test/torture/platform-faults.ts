import { contentOf, quickTakeover, textOf, withFleet } from './fleet.js';
import { seconds, sleep, until, Verdict, type Scenario } from './scenario.js';

const TOKEN_CALL = '/cgi-bin/gettoken';

export const wrongSecret: Scenario = {
  test: 'secret wrong for 60 s, then right',
  figure: '0 dead, ≤ 2 token questions, other apps undisturbed',
  onlyLong:
    'the pause after a refused secret is a minute, which is no setting; test/e2e/deliveries-outcomes.spec.ts moves the clock instead',
  run: () =>
    withFleet({}, async (fleet) => {
      const verdict = new Verdict();
      const wrong = 'a-wrong-secret-0123456789abcdefghijklmnopqrs';
      fleet.configure((apps) => {
        if (apps.second) apps.second.corpSecret = wrong;
      });
      const api = await fleet.spawn('api');
      await fleet.spawn('worker');
      const started = Date.now();
      const ids = await fleet.acceptMany(200, [api.url]);
      let slowestOther = 0;
      const other = async (): Promise<void> => {
        for (let n = 1_000; Date.now() - started < 58_000; n += 2) {
          const asked = Date.now();
          await fleet.send(api.url, n);
          await until(() => fleet.received().has(contentOf(n)), 10_000, 10);
          slowestOther = Math.max(slowestOther, Date.now() - asked);
          await sleep(2_000);
        }
      };
      await other();
      fleet.configure();
      const right = Date.now();
      const drained = await fleet.drained(130_000);
      const took = Date.now() - right;
      const questions = fleet.platform.ledger
        .calls({ path: TOKEN_CALL })
        .filter(({ query }) => query.corpsecret === wrong).length;
      const dead = (await fleet.stored(ids)).filter(({ state }) => state !== 'sent').length;
      verdict.expect(drained && dead === 0, `${dead} not sent`);
      verdict.expect(questions <= 2, `${questions} token questions with the wrong secret`);
      verdict.expect(slowestOther <= 2_000, `another app waited ${seconds(slowestOther)}`);
      return verdict.outcome(
        `200 of 200 sent ${seconds(took)} after it was right, ${dead} dead, ${questions} token questions with the ` +
          `wrong secret by 2 processes; another app within ${seconds(slowestOther)}`,
      );
    }),
};

export const revokedToken: Scenario = {
  test: 'token revoked under 100 sends',
  figure: '100 sent, 1 refresh over all replicas',
  run: () =>
    withFleet({}, async (fleet) => {
      const verdict = new Verdict();
      const api = await fleet.spawn('api');
      const workers = [await fleet.spawn('worker'), await fleet.spawn('worker')];
      await fleet.acceptMany(20, [api.url], 'async=true');
      await fleet.drained(10_000);
      fleet.platform.faults.always({ kind: 'delay', ms: 30 });
      const before = fleet.platform.ledger.calls({ path: TOKEN_CALL }).length;
      fleet.platform.revokeTokens();
      const ids: string[] = [];
      await Promise.all(
        Array.from({ length: 100 }, async (_, i) => {
          const { id } = await fleet.send(api.url, 100 + i, 'async=true&dedupe=off', { 'X-App': 'default' });
          if (id !== undefined) ids.push(id);
        }),
      );
      await fleet.drained(20_000);
      const refreshes = fleet.platform.ledger.calls({ path: TOKEN_CALL }).length - before;
      const sent = (await fleet.stored(ids)).filter(({ state }) => state === 'sent').length;
      verdict.expect(sent === 100, `${sent} sent`);
      verdict.expect(refreshes === 1, `${refreshes} refreshes`);
      return verdict.outcome(`${sent} sent, ${refreshes} refresh by ${workers.length} workers`);
    }),
};

export const poison: Scenario = {
  test: 'message that kills its worker',
  figure: '≤ 3 crashes, quarantined, 1,000 others sent',
  run: (scale) =>
    withFleet({ settings: quickTakeover(scale) }, async (fleet) => {
      const verdict = new Verdict();
      const [others, POISON] = scale === 'short' ? [100, 66] : [1_000, 666];
      // Long enough that there are always neighbours under way.
      fleet.platform.faults.always({ kind: 'delay', ms: 20 });
      const [api, first] = await Promise.all([fleet.spawn('api'), fleet.spawn('worker')]);
      let worker = first;
      let crashes = 0;
      let restarting = Promise.resolve();
      const restart = async (): Promise<void> => {
        await fleet.crash(worker);
        worker = await fleet.spawn('worker');
      };
      fleet.platform.ledger.onMessage(({ content }) => {
        if (textOf(content) !== contentOf(POISON)) return;
        crashes += 1;
        restarting = restart();
      });
      const ids = await fleet.acceptMany(others + 1, [api.url]);
      const drained = await fleet.drained(200_000);
      await restarting;
      const stored = await fleet.stored(ids);
      const sent = stored.filter(({ state }, n) => n !== POISON && state === 'sent').length;
      const state = stored[POISON]?.state;
      verdict.expect(drained, 'not drained');
      verdict.expect(crashes <= 3, `${crashes} crashes`);
      verdict.expect(state === 'quarantined', `it is ${state}`);
      verdict.expect(sent === others, `${sent} others sent`);
      return verdict.outcome(`${crashes} crashes, then ${state}; ${sent} others sent`);
    }),
};
