import { describe, expect, it } from 'vitest';
import { aWeComText, startDeliveryWorld, WECOM, type DeliveryWorld } from '../support/delivery-world.js';

const NONE = { invaliduser: [], invalidparty: [], invalidtag: [], unlicenseduser: [] };

/** Only zhangsan has a licence, and a message that reaches nobody is taken as well. */
async function startWorld(): Promise<DeliveryWorld> {
  const world = await startDeliveryWorld();
  world.wecom.reachOnlySome(true);
  world.wecom.takeForNobody(true);
  return world;
}

describe('a WeCom message that the platform takes', () => {
  it.each([
    ['strangers, whose ids come back in lower case', 'NoBody|GONE', {}, { invaliduser: ['nobody', 'gone'] }],
    ['a member without a licence', 'LiSi', {}, { unlicenseduser: ['lisi'] }],
    ['a stranger and a member without a licence', 'gone|lisi', {}, { invaliduser: ['gone'], unlicenseduser: ['lisi'] }],
    ['an unknown department', undefined, { toparty: ['999'] }, { invalidparty: ['999'] }],
    [
      'nobody of three kinds',
      'gone',
      { toparty: ['998', '999'], totag: ['997'] },
      { invaliduser: ['gone'], invalidparty: ['998', '999'], invalidtag: ['997'] },
    ],
  ])('for %s alone: 422 with the lists, for nobody was reached', async (_who, touser, groups, missed) => {
    const world = await startWorld();
    const body = aWeComText({ touser, ...groups });
    expect(await world.post(WECOM, body)).toMatchObject({
      status: 422,
      body: {
        ok: 0,
        data: { ...NONE, ...missed },
        error: { kind: 'rejected', retryable: false, hint: expect.stringContaining('touser') },
      },
    });
    expect(world.wecom.ledger.calls().at(-1)?.answer).toContain('"errcode":0');

    const view = await world.reaches(await world.acceptWeCom('', body), 'rejected');
    expect(view.attempts).toMatchObject([{ result: 'rejected', reason: 'nobody-reached' }]);
  });

  it.each([
    ['somebody beside a stranger', { touser: 'zhangsan|gone' }, { invaliduser: ['gone'] }],
    ['a department beside a stranger', { touser: 'gone', toparty: ['2'] }, { invaliduser: ['gone'] }],
    [
      'a tag beside an unknown department',
      { touser: undefined, toparty: ['999'], totag: ['1'] },
      { invalidparty: ['999'] },
    ],
    ['everybody, some of them without a licence', { touser: '@all' }, {}],
  ])('for %s: partial', async (_who, changes, missed) => {
    const world = await startWorld();
    expect(await world.post(WECOM, aWeComText(changes))).toMatchObject({
      status: 200,
      body: { ok: 1, data: { msgid: expect.any(String), outcome: 'partial', ...missed } },
    });
  });

  it('for a department of whose members nobody has a licence: partial, for who else is in it only the platform knows', async () => {
    const world = await startWorld();
    world.wecom.unlicensed('zhangsan');
    const answer = await world.post(WECOM, aWeComText({ touser: undefined, toparty: ['2'] }));
    expect(answer).toMatchObject({ status: 200, body: { data: { outcome: 'partial' } } });
  });
});
