import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Redactor } from '../../src/logging/redactor.js';

describe(Redactor.name, () => {
  let sut: Redactor;

  beforeEach(() => {
    sut = new Redactor();
  });

  it.each([
    'https://oapi.dingtalk.com/chat/send?access_token=abc123',
    'GET /gettoken?appkey=k&appsecret=s3cr3t HTTP/1.1',
    'https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=c&corpsecret=s3cr3t',
    'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx',
    '?timestamp=1&sign=AbC%2B%2F%3D',
  ])('masks what a secret name carries in an address: %s', (text) => {
    const safe = sut.redact(text);
    expect(safe).not.toMatch(/abc123|s3cr3t|693a91f6|AbC%2B/);
    expect(safe).toContain('***');
  });

  it.each(['access_token', 'accessToken', 'appSecret', 'corpsecret', 'password', 'Authorization', 'X-API-Key'])(
    'masks the member %s of JSON, whatever its value looks like',
    (name) => {
      const safe = sut.redact(JSON.stringify({ [name]: 'a "quoted" value\\', other: 'stays' }));
      expect(JSON.parse(safe)).toEqual({ [name]: '***', other: 'stays' });
    },
  );

  it('masks a live secret wherever it stands, as it is, in an address and in JSON', () => {
    const secret = 'Zk3v/Q8+mT=1"x\\R';
    sut.learn(secret);
    const carriers = [secret, encodeURIComponent(secret), JSON.stringify({ note: secret })];
    for (const carrier of carriers) expect(sut.redact(`before ${carrier} after`)).not.toContain('Q8');
    expect(sut.redact(`before ${secret} after`)).toBe('before *** after');
  });

  it('masks any secret in any text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (secret, before, after) => {
        const own = new Redactor();
        own.learn(secret);
        expect(own.redact(before + secret + after).includes(secret) && !'***'.includes(secret)).toBe(false);
      }),
    );
  });

  it('masks the whole of a secret that contains another', () => {
    sut.learn('secret-one');
    sut.learn('secret-one-and-more');
    expect(sut.redact('x secret-one-and-more y')).toBe('x *** y');
  });

  it('forgets a secret only when everybody who taught it has forgotten it', () => {
    sut.learn('shared-secret');
    sut.learn('shared-secret');
    sut.forget('shared-secret');
    expect(sut.redact('shared-secret')).toBe('***');
    sut.forget('shared-secret');
    expect(sut.redact('shared-secret')).toBe('shared-secret');
    sut.forget('shared-secret');
    expect(sut.redact('shared-secret')).toBe('shared-secret');
  });

  it('leaves words alone that are too short to be secrets', () => {
    sut.learn('12345');
    sut.learn('');
    sut.learn(undefined);
    expect(sut.redact('port 12345')).toBe('port 12345');
  });

  it('leaves texts without secrets as they are', () => {
    const line = '{"level":"info","route":"/v1/dd/chat/send","status":200,"caller":"10.0.0.1","a=b":"c&d"}';
    expect(sut.redact(line)).toBe(line);
  });

  it('stays fast on a long line', () => {
    sut.learn('some-live-secret');
    const line = `{"access_token":"${'\\\\'.repeat(200_000)}`;
    const started = performance.now();
    sut.redact(line);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
