import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_APPS,
  WeComSimulator,
  type WeComSimulatorOptions,
} from '../../src/providers/wecom/simulator/wecom.simulator.js';
import type { StoppedClock } from './stopped-clock.js';
import { startStage, WeComCaller } from './wecom-caller.js';

const [main, ops] = DEFAULT_APPS;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('WeComSimulator limits what is shown', () => {
  let clock: StoppedClock;
  let platform: WeComSimulator;
  let caller: WeComCaller;

  async function restart(options: WeComSimulatorOptions = {}): Promise<void> {
    ({ clock, platform, caller } = await startStage(options));
  }

  async function advance(seconds: number): Promise<void> {
    clock.advance(seconds);
    await caller.fetchToken();
  }

  const asOps = async (): Promise<WeComCaller> => {
    const other = new WeComCaller(platform, ops.agentId);
    await other.fetchToken(ops.secret);
    return other;
  };
  const shown = (): boolean[] => platform.ledger.messages().map((message) => message.shown);

  beforeEach(() => restart());

  describe('of repeats', () => {
    const once = { enable_duplicate_check: 1 };

    it('accepts the same bytes twice and shows them once', async () => {
      const first = await caller.sendText('alarm', once);
      const second = await caller.sendText('alarm', once);
      expect([first.errcode, second.errcode]).toEqual([0, 0]);
      expect(platform.ledger.messages()).toMatchObject([{ shown: true }, { shown: false, hiddenBecause: 'duplicate' }]);
    });

    it('shows a message twice if a byte differs', async () => {
      await caller.sendText('alarm', once);
      await caller.sendText('alarm', { ...once, enable_id_trans: 0 });
      expect(shown()).toEqual([true, true]);
    });

    it('shows a message twice if nobody asked for a check', async () => {
      await caller.sendText('alarm');
      await caller.sendText('alarm', { enable_duplicate_check: 0 });
      await caller.sendText('alarm');
      expect(shown()).toEqual([true, true, true]);
    });

    it('looks back half an hour from the one that was shown', async () => {
      await caller.sendText('alarm', once);
      await advance(1799);
      await caller.sendText('alarm', once);
      await advance(1);
      await caller.sendText('alarm', once);
      expect(shown()).toEqual([true, false, true]);
    });

    it('looks back for as long as the request says', async () => {
      const tenSeconds = { ...once, duplicate_check_interval: 10 };
      await caller.sendText('alarm', tenSeconds);
      await advance(9);
      await caller.sendText('alarm', tenSeconds);
      await advance(1);
      await caller.sendText('alarm', tenSeconds);
      expect(shown()).toEqual([true, false, true]);
    });

    it('tells apps apart', async () => {
      await restart({ apps: [main, { ...ops, miniProgram: main.miniProgram }] });
      const miniprogram_notice = { appid: main.miniProgram, title: '会议室预订' };
      const sameBytes = { msgtype: 'miniprogram_notice', miniprogram_notice, agentid: undefined, ...once };
      await caller.send(sameBytes);
      const other = await asOps();
      await other.send(sameBytes);
      expect(shown()).toEqual([true, true]);
      await other.close();
    });

    it('takes a message that was refused before for a new one', async () => {
      await restart({ limits: { personsPerDay: 1, overPersonsPerDay: 'refuse' } });
      await caller.sendText('first');
      expect((await caller.sendText('alarm', { ...once, duplicate_check_interval: 14_400 })).errcode).toBe(45009);
      await advance(DAY);
      await caller.sendText('alarm', { ...once, duplicate_check_interval: 14_400 });
      expect(shown()).toEqual([true, true]);
    });

    it('shows a message once if the first answer never came', async () => {
      platform.faults.next({ kind: 'cut-after-read' });
      await expect(caller.sendText('alarm', once)).rejects.toThrow('other side closed');
      expect((await caller.sendText('alarm', once)).errcode).toBe(0);
      expect(shown()).toEqual([true, false]);
    });
  });

  describe('by number', () => {
    const sendTimes = async (times: number, changes: Record<string, unknown> = {}): Promise<void> => {
      for (let time = 1; time <= times; time += 1) {
        expect((await caller.sendText(`${time}`, changes)).errcode).toBe(0);
      }
    };

    it('silently drops what one member gets beyond 30 in a minute', async () => {
      await sendTimes(31);
      expect(shown().filter(Boolean)).toHaveLength(30);
      expect(platform.ledger.messages().at(-1)).toMatchObject({
        shown: false,
        hiddenBecause: 'more than 30 messages of the app to one member in a minute',
      });
      await advance(MINUTE);
      await sendTimes(1);
      expect(shown().at(-1)).toBe(true);
    });

    it('silently drops what one member gets beyond the hour', async () => {
      await restart({ limits: { perMemberPerHour: 2 } });
      for (let minute = 0; minute < 3; minute += 1) {
        await sendTimes(1);
        await advance(MINUTE);
      }
      expect(shown()).toEqual([true, true, false]);
    });

    it('shows a message to those below the limit and says from whom it was hidden', async () => {
      await restart({ limits: { perMemberPerMinute: 1 } });
      await sendTimes(1);
      await sendTimes(1, { touser: 'zhangsan|lisi' });
      expect(platform.ledger.messages().at(-1)).toMatchObject({ shown: true, hiddenFrom: [{ user: 'zhangsan' }] });
    });

    it('counts each app by itself', async () => {
      await restart({ limits: { perMemberPerMinute: 1 } });
      await sendTimes(1);
      const other = await asOps();
      await other.sendText('a');
      expect(shown()).toEqual([true, true]);
      await other.close();
    });

    it('silently drops what exceeds the recipients of the app in a day, which ends at midnight in Beijing', async () => {
      await restart({ limits: { personsPerDay: 2 } });
      await sendTimes(3);
      expect(platform.ledger.messages().at(-1)?.hiddenBecause).toBe('more than 2 recipients of the app in a day');
      await advance(14 * HOUR);
      await sendTimes(1);
      expect(shown()).toEqual([true, true, false, true]);
    });

    it('refuses it with 45009 on request, since that was seen', async () => {
      await restart({ limits: { personsPerDay: 2, overPersonsPerDay: 'refuse' } });
      expect((await caller.sendText('a', { touser: 'zhangsan|lisi|wangwu' })).errcode).toBe(45009);
      expect((await caller.sendText('a', { touser: 'zhangsan|lisi' })).errcode).toBe(0);
      expect((await caller.sendText('a')).errcode).toBe(45009);
    });

    it('silently drops group messages beyond the minute of a member, whatever the group', async () => {
      await restart({ limits: { chatPerMemberPerMinute: 1 } });
      const chats = [await caller.newChat(), await caller.newChat(['zhangsan', 'lisi'])];
      for (const chatid of chats) {
        expect((await caller.chat('send', { chatid, msgtype: 'text', text: { content: 'a' } })).errcode).toBe(0);
      }
      expect(shown()).toEqual([true, false]);
    });

    it('refuses too many groups in a day, changes in an hour, and group recipients in a minute', async () => {
      await restart({ limits: { chatsPerDay: 1, chatChangesPerHour: 0, chatPersonsPerMinute: 2 } });
      const chatid = await caller.newChat();
      expect((await caller.chat('create', { userlist: ['zhangsan', 'lisi'] })).errcode).toBe(45009);
      expect((await caller.chat('update', { chatid, name: 'a' })).errcode).toBe(45009);
      expect((await caller.chat('send', { chatid, msgtype: 'text', text: { content: 'a' } })).errcode).toBe(45009);
    });
  });
});
