import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { post, startTestGateway } from '../support/gateway.js';
import type { GatewayProcess } from '../support/process.js';
import { APPS, contentOf, quickTakeover, textOf, type Fleet, type Member } from './fleet.js';
import { onFleet } from './on-fleet.js';
import { forEach, seconds, sleep, unprepared, until, Verdict, type Outcome, type Scenario } from './scenario.js';

const TOKEN_CALL = '/cgi-bin/gettoken';
const WRONG = 'a-wrong-secret-0123456789abcdefghijklmnopqrs';

export const wrongSecret: Scenario = {
  test: 'secret wrong for 60 s, then right',
  figure: '0 dead, ≤ 2 token questions, other apps undisturbed',
  movesClock: true,
  prepare: (scale, turn) =>
    (scale === 'short' ? unprepared(wrongSecretByMovedClock) : wrongSecretForAMinute)(scale, turn),
};

/** By the clock on the wall, with processes and a Redis. */
const wrongSecretForAMinute = onFleet({
  cast: async (fleet) => {
    fleet.configure((apps) => {
      if (apps.second) apps.second.corpSecret = WRONG;
    });
    return (await Promise.all([fleet.spawn('api'), fleet.spawn('worker')]))[0];
  },
  act: async (fleet, api) => {
    const verdict = new Verdict();
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
      .filter(({ query }) => query.corpsecret === WRONG).length;
    const dead = (await fleet.stored(ids)).filter(({ state }) => state !== 'sent').length;
    verdict.expect(drained && dead === 0, `${dead} not sent`);
    verdict.expect(questions <= 2, `${questions} token questions with the wrong secret`);
    verdict.expect(slowestOther <= 2_000, `another app waited ${seconds(slowestOther)}`);
    return verdict.outcome(
      `200 of 200 sent ${seconds(took)} after it was right, ${dead} dead, ${questions} token questions with the ` +
        `wrong secret by 2 processes; another app within ${seconds(slowestOther)}`,
    );
  },
});

/** In this process: nobody waits for a minute, its clock is moved. */
async function wrongSecretByMovedClock(): Promise<Outcome> {
  const verdict = new Verdict();
  const platform = await new WeComSimulator({ apps: APPS }).start();
  const folder = mkdtempSync(join(tmpdir(), 'message-center-secret-'));
  const file = join(folder, 'config.json');
  const configure = (secret: string | undefined): void => {
    const wecom = structuredClone(platform.gatewayConfig()) as { apps: Record<string, { corpSecret: string }> };
    if (secret !== undefined && wecom.apps.second) wecom.apps.second.corpSecret = secret;
    writeFileSync(file, JSON.stringify({ providers: { wecom } }));
  };
  configure(WRONG);
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  const gateway = await startTestGateway({ file });
  try {
    const send = (app: string, n: number): Promise<unknown> => {
      const message = { touser: ['zhangsan'], msgtype: 'text', text: { content: contentOf(n) } };
      return post(`${gateway.url}/v1/wecom/message/send?async=true`, message, { headers: { 'X-App': app } });
    };
    const arrived = (): number => platform.ledger.messages().length;
    const questions = (): number =>
      platform.ledger.calls({ path: TOKEN_CALL }).filter(({ query }) => query.corpsecret === WRONG).length;
    await forEach(20, 20, async (n) => void (await send('second', n)));
    await until(() => questions() > 0, 5_000, 5);
    ahead += 30_000;
    const asked = now();
    await send('default', 20);
    await until(() => arrived() === 1, 5_000, 5);
    const otherWaited = now() - asked;
    configure(undefined);
    await until(() => gateway.logs.some((line) => line.includes('configuration reloaded')), 5_000, 20);
    // A minute and its jitter.
    ahead += 75_000;
    await until(() => arrived() === 21, 8_000, 20);
    verdict.expect(arrived() === 21, `${arrived()} of 21 sent`);
    verdict.expect(questions() <= 2, `${questions()} token questions with the wrong secret`);
    verdict.expect(otherWaited <= 2_000, `another app waited ${seconds(otherWaited)}`);
    return verdict.outcome(`${arrived()} of 21 sent, ${questions()} token questions with the wrong secret`);
  } finally {
    Date.now = now;
    await gateway.close();
    await platform.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const revokedToken: Scenario = {
  test: 'token revoked under 100 sends',
  figure: '100 sent, 1 refresh over all replicas',
  prepare: onFleet({
    cast: (fleet) => Promise.all([fleet.spawn('api'), fleet.spawn('worker'), fleet.spawn('worker')]),
    act: async (fleet, [api, ...workers]) => {
      const verdict = new Verdict();
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
    },
  }),
};

/** Process id of the worker that has this message under way. */
async function holderOf(fleet: Fleet, text: string): Promise<number> {
  for (const member of await fleet.client.zrange('{mc}:sending', 0, -1)) {
    const [id] = member.split(' ');
    if (textOf(await fleet.client.get(`{mc}:body:${id}`)) !== text) continue;
    // It is written as JSON: "host:pid".
    return Number((await fleet.client.hget(`{mc}:delivery:${id}`, 'worker'))?.split(':').at(-1)?.slice(0, -1));
  }
  throw new Error(`nobody has '${text}' under way`);
}

/** In short all that will be killed are there from the start; in the long form one works and another follows it. */
async function poisonWorkers(fleet: Fleet, [api, ...workers]: [Member, ...GatewayProcess[]]): Promise<Outcome> {
  const verdict = new Verdict();
  const [others, POISON] = fleet.scale === 'short' ? [60, 30] : [1_000, 666];
  // Long enough that there are always neighbours under way.
  fleet.platform.faults.always({ kind: 'delay', ms: 20 });
  let crashes = 0;
  let restarting = Promise.resolve();
  const crash = async (): Promise<void> => {
    const holder = await holderOf(fleet, contentOf(POISON));
    const victim = workers.find(({ pid }) => pid === holder);
    if (!victim) throw new Error(`process ${holder} is none of the workers`);
    workers.splice(workers.indexOf(victim), 1);
    await fleet.crash(victim);
    for (const worker of workers) worker.signal('SIGCONT');
    if (fleet.scale === 'long') workers.push(await fleet.spawnProcess('worker'));
    else if (workers.length === 0) await fleet.spawn('worker');
  };
  fleet.platform.ledger.onMessage(({ content }) => {
    if (textOf(content) !== contentOf(POISON)) return;
    crashes += 1;
    // Nobody hears the platform's answer before it is known who has to end.
    for (const worker of workers) worker.signal('SIGSTOP');
    restarting = crash();
  });
  const ids = await fleet.acceptMany(others + 1, [api.url]);
  // Neighbours of a crash are repeated after a pause.
  const drained = await fleet.drained(200_000, ['retrying']);
  await restarting;
  const stored = await fleet.stored(ids);
  const sent = stored.filter(({ state }, n) => n !== POISON && state === 'sent').length;
  const state = stored[POISON]?.state;
  verdict.expect(drained, 'not drained');
  verdict.expect(crashes <= 3, `${crashes} crashes`);
  verdict.expect(state === 'quarantined', `it is ${state}`);
  verdict.expect(sent === others, `${sent} others sent`);
  return verdict.outcome(`${crashes} crashes, then ${state}; ${sent} others sent`);
}

export const poison: Scenario = {
  test: 'message that kills its worker',
  figure: '≤ 3 crashes, quarantined, 1,000 others sent',
  prepare: onFleet({
    options: (scale) => ({ settings: scale === 'short' ? quickTakeover(500, 300) : quickTakeover(1_000, 1_000) }),
    cast: async (fleet) => {
      const workers = Array.from({ length: fleet.scale === 'short' ? 3 : 1 }, () => fleet.spawnProcess('worker'));
      return [await fleet.spawn('api'), ...(await Promise.all(workers))] as [Member, ...GatewayProcess[]];
    },
    act: poisonWorkers,
  }),
};
