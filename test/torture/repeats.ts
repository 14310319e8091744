import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { post, startTestGateway } from '../support/gateway.js';
import { unprepared, until, Verdict, type Scenario } from './scenario.js';

export const sameAlert: Scenario = {
  test: 'the same alert sent twice on purpose, WeCom, 10 min apart (scaled: the platform’s clock is moved)',
  figure: '2 messages; the same delivery retried after a time-out: 1',
  prepare: unprepared(async () => {
    let ahead = 0;
    const verdict = new Verdict();
    const platform = await new WeComSimulator({ clock: () => Date.now() + ahead }).start();
    const gateway = await startTestGateway({
      simulators: [platform],
      settings: { 'outbound.timeoutMs': 300, 'delivery.retry': ['100ms', '100ms'] },
    });
    try {
      const alert = { touser: ['zhangsan'], msgtype: 'text', text: { content: '磁盘空间不足' } };
      const send = (): Promise<unknown> => post(`${gateway.url}/v1/wecom/message/send?async=true`, alert);
      const shown = (): number => platform.ledger.messages().filter((message) => message.shown).length;
      await send();
      await until(() => platform.ledger.messages().length === 1, 5_000);
      ahead = 600_000;
      await send();
      await until(() => platform.ledger.messages().length === 2, 5_000);
      const twice = shown();
      platform.faults.next({ kind: 'process-then-hang' }, { path: '/cgi-bin/message/send' });
      await send();
      await until(() => platform.ledger.messages().length === 4, 5_000);
      const retried = shown() - twice;
      verdict.expect(twice === 2, `${twice} shown`);
      verdict.expect(platform.ledger.messages().length === 4, 'there was no retry');
      verdict.expect(retried === 1, `the retried one was shown ${retried} times`);
      return verdict.outcome(`${twice} shown; retried after a time-out: ${retried} shown of 2 received`);
    } finally {
      await gateway.close();
      await platform.close();
    }
  }),
};
