import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_APP } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { startStage, type DingTalkCaller, type Reply } from './dingtalk-caller.js';

const LISTSUB = '/topapi/v2/department/listsub';
const LISTSIMPLE = '/topapi/user/listsimple';
const BY_MOBILE = '/topapi/v2/user/getbymobile';

describe('DingTalkSimulator shows its directory', () => {
  let caller: DingTalkCaller;

  beforeEach(async () => {
    const ops = { name: 'ops', appKey: 'dingops', appSecret: 'secret-of-ops', agentId: 2, contactScope: [2] };
    ({ caller } = await startStage({ apps: [DEFAULT_APP, ops] }));
  });

  const ask = (path: string, body: unknown): Promise<Reply> => caller.post(caller.withToken(path), body);

  it('departments directly below one, below the root by default', async () => {
    expect(await ask(LISTSUB, { dept_id: 2 })).toEqual({
      errcode: 0,
      errmsg: 'ok',
      result: [{ dept_id: 21, name: '平台组', parent_id: 2, create_dept_group: true, auto_add_user: true }],
      request_id: expect.any(String),
    });
    expect((await ask(LISTSUB, {})).result).toMatchObject([{ dept_id: 2 }, { dept_id: 3 }]);
  });

  it('members of a department itself, page by page', async () => {
    const page = async (cursor: number): Promise<Record<string, unknown>> =>
      (await ask(LISTSIMPLE, { dept_id: 3, cursor, size: 50 })).result as Record<string, unknown>;
    expect(await page(0)).toMatchObject({ has_more: true, next_cursor: 50 });
    const last = await page(50);
    expect(last).toEqual({ has_more: false, list: expect.any(Array) });
    expect(last.list).toHaveLength(10);
  });

  it('people by mobile number', async () => {
    expect((await ask(BY_MOBILE, { mobile: '13800000001' })).result).toMatchObject({ userid: 'zhangsan' });
    expect((await ask(BY_MOBILE, { mobile: '+852-51234567' })).result).toMatchObject({ userid: 'lisi' });
  });

  it('to an app only what it sees', async () => {
    await caller.fetchToken('dingops', 'secret-of-ops');
    expect((await ask(LISTSUB, { dept_id: 1 })).errcode).toBe(50004);
    expect((await ask(LISTSIMPLE, { dept_id: 3, cursor: 0, size: 10 })).errcode).toBe(50004);
    expect((await ask(LISTSIMPLE, { dept_id: 21, cursor: 0, size: 10 })).errcode).toBe(0);
    expect((await ask(BY_MOBILE, { mobile: '13800000000' })).errcode).toBe(60121);
  });

  it.each([
    [LISTSUB, { dept_id: 99 }, 60003],
    [LISTSUB, { dept_id: 'two' }, 41],
    [LISTSIMPLE, { cursor: 0, size: 10 }, 40],
    [LISTSIMPLE, { dept_id: 2, size: 10 }, 40],
    [LISTSIMPLE, { dept_id: 2, cursor: 0 }, 40],
    [LISTSIMPLE, { dept_id: 2, cursor: 0, size: 101 }, 40069],
    [LISTSIMPLE, { dept_id: 2, cursor: 0, size: 0 }, 40069],
    [LISTSIMPLE, { dept_id: 2, cursor: 9, size: 10 }, 40068],
    [BY_MOBILE, {}, 40],
    [BY_MOBILE, { mobile: 13800000001 }, 41],
    [BY_MOBILE, { mobile: 'phone' }, 40104],
    [BY_MOBILE, { mobile: '13899999999' }, 60121],
  ])('refuses %s with %j: %i', async (path, body, errcode) => {
    expect((await ask(path, body)).errcode).toBe(errcode);
  });

  it('to nobody without a token, with the code in the form of this gateway', async () => {
    expect(await caller.post(LISTSUB, {})).toMatchObject({ errcode: 88, sub_code: '40000' });
  });
});
