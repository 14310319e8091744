import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_APPS,
  WeComSimulator,
  type WeComSimulatorOptions,
} from '../../src/providers/wecom/simulator/wecom.simulator.js';
import type { StoppedClock } from './stopped-clock.js';
import { startStage, type WeComCaller, type Reply } from './wecom-caller.js';

const [, ops] = DEFAULT_APPS;

describe('WeComSimulator shows its directory', () => {
  let clock: StoppedClock;
  let platform: WeComSimulator;
  let caller: WeComCaller;

  async function restart(options: WeComSimulatorOptions = {}): Promise<void> {
    ({ clock, platform, caller } = await startStage(options));
  }

  const get = (path: string): Promise<Reply> => caller.get(caller.withToken(path));
  const find = (mobile: unknown): Promise<Reply> => caller.post('/user/getuserid', { mobile });

  beforeEach(() => restart());

  it('departments with all those below them, members of one department alone', async () => {
    expect(await get('/department/list?id=2')).toEqual({
      errcode: 0,
      errmsg: 'ok',
      department: [
        { id: 2, name: '研发部', parentid: 1, order: expect.any(Number) },
        { id: 21, name: '平台组', parentid: 2, order: expect.any(Number) },
      ],
    });
    const root = (await get('/department/list')).department as { parentid: number }[];
    expect(root.map(({ parentid }) => parentid)).toEqual([0, 1, 1, 2]);
    expect((await get('/user/simplelist?department_id=2')).userlist).toEqual([
      { userid: 'zhangsan', name: '张三', department: [2] },
      { userid: 'lisi', name: '李四', department: [2, 21] },
      { userid: '10086', name: '赵六', department: [2] },
    ]);
  });

  it('to an app only what it sees', async () => {
    await caller.fetchToken(ops.secret);
    expect((await get('/department/list')).department).toMatchObject([{ id: 2 }, { id: 21 }]);
    expect((await get('/user/simplelist?department_id=3')).errcode).toBe(60011);
    expect((await get('/department/list?id=1')).errcode).toBe(60011);
    expect((await find('13800000003')).userid).toBe('wangwu');
    expect((await find('13800000001')).userid).toBe('zhangsan');
  });

  it.each([
    ['/department/list?id=99', 60123],
    ['/department/list?id=x', 60123],
    ['/user/simplelist', 40063],
    ['/user/simplelist?department_id=99', 60123],
  ])('refuses %s with %i', async (path, errcode) => {
    expect((await get(path)).errcode).toBe(errcode);
  });

  it.each([
    [undefined, 40063],
    ['', 40063],
    [13800000001, 40058],
    ['1380', 60103],
    ['1'.repeat(33), 60103],
    ['phone', 60103],
    ['13899999999', 46004],
  ])('refuses the number %j with %i', async (mobile, errcode) => {
    expect((await find(mobile)).errcode).toBe(errcode);
  });

  it('bars looking up for a day when a fifth of the headcount was not found', async () => {
    await restart({ headcountLimit: 20, tokenLifeSeconds: 200_000 });
    for (let miss = 0; miss < 4; miss += 1) expect((await find(`1391111000${miss}`)).errcode).toBe(46004);
    expect((await find('13800000001')).userid).toBe('zhangsan');
    expect((await find('13911110009')).errcode).toBe(45009);
    expect((await find('13800000001')).errcode).toBe(45009);
    clock.advance(86_399);
    expect((await find('13800000001')).errcode).toBe(45009);
    clock.advance(1);
    expect((await find('13800000001')).userid).toBe('zhangsan');
  });

  it('bars looking up while it is told to', async () => {
    platform.barLookups(true);
    expect((await find('13800000001')).errcode).toBe(45009);
    platform.barLookups(false);
    expect((await find('13800000001')).userid).toBe('zhangsan');
  });
});
