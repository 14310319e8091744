import { describe, expect, it } from 'vitest';
import { adviseMentions, mentionsOfParts, withMentions } from '../../src/providers/dingtalk/custom-robot.mentions.js';
import { robotSignature } from '../../src/providers/dingtalk/custom-robot.signature.js';

describe('the signature of a custom robot', () => {
  /**
   * The first is the secret of the platform's page (https://open.dingtalk.com/document/dingstart/customize-robot-security-settings)
   * at the time of its sample headers. That one and the third are published by others, computed with the page's own Python
   * sample. All four were computed by OpenSSL as well:
   *
   *     printf '%s\n%s' "$ts" "$secret" | openssl dgst -sha256 -hmac "$secret" -binary | base64
   */
  it.each([
    [1_577_262_236_757, 'this is secret', 'hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM='],
    [
      1_610_000_000_000,
      'SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
      'PSy7O4sSun1NM74izAVuTDjVwu8+J8QuSfCGP87ktvA=',
    ],
    [1_700_000_000_000, 'SEC1234567890abcdef', 'RqBq3E1RTBDv3n2QBCh4adZ2WHk9mVklyUoDBLxarjI='],
    [1_700_000_000_123, 'SEC密钥', '9ZkccWFI+mmUu+XpD7OdOV/DpF3bEN6biN6iuqzl6MY='],
  ])('at %d with %s is %s', (timestamp, secret, expected) => {
    expect(robotSignature(timestamp, secret)).toBe(expected);
  });

  it('is percent-encoded once on its way into the address', () => {
    const sign = robotSignature(1_577_262_236_757, 'this is secret');
    expect(new URLSearchParams({ sign }).toString()).toBe('sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D');
  });
});

describe('the mentions of a custom robot', () => {
  it.each([
    ['adds what is missing to a text', '磁盘 91%', 'text', { atMobiles: ['13800001111'] }, '磁盘 91% @13800001111'],
    [
      'in a paragraph of its own to Markdown',
      '### 磁盘',
      'markdown',
      { atUserIds: ['zhangsan'] },
      '### 磁盘\n\n@zhangsan',
    ],
    [
      'does not repeat what is there',
      '请 @13800001111 处理',
      'text',
      { atMobiles: ['13800001111'] },
      '请 @13800001111 处理',
    ],
    [
      'knows a name from the beginning of another',
      '@zhangsan2 看',
      'text',
      { atUserIds: ['zhangsan'] },
      '@zhangsan2 看 @zhangsan',
    ],
    ['takes a name before Chinese text', '@zhangsan请处理', 'text', { atUserIds: ['zhangsan'] }, '@zhangsan请处理'],
    ['names everybody', '停机', 'text', { isAtAll: true }, '停机 @所有人'],
    ['knows @all', '停机 @all', 'text', { isAtAll: true }, '停机 @all'],
    ['names each once', '看', 'text', { atMobiles: ['1', '1'], atUserIds: ['1', '2'] }, '看 @1 @2'],
    ['in a card mentions by userid only', '卡片', 'actionCard', { atMobiles: ['1'], atUserIds: ['2'] }, '卡片\n\n@2'],
    ['leaves a text without mentions alone', '看', 'text', { isAtAll: false }, '看'],
  ])('%s', (_promise, text, msgtype, at, expected) => {
    expect(withMentions(text, msgtype, at)).toBe(expected);
    expect(withMentions(expected, msgtype, at), 'and a second time nothing').toBe(expected);
  });

  it('of one part are those that it names, and of the first also those whom none names', () => {
    const at = { atMobiles: ['1', '2'], atUserIds: ['a'], isAtAll: true };
    expect(mentionsOfParts(['开头', '给 @1 看', '@所有人 @1'], at)).toEqual([
      { atMobiles: ['2'], atUserIds: ['a'], isAtAll: false },
      { atMobiles: ['1'], atUserIds: [], isAtAll: false },
      { atMobiles: ['1'], atUserIds: [], isAtAll: true },
    ]);
    expect(mentionsOfParts(['只有一条'], at)).toEqual([at]);
    expect(mentionsOfParts(['一', '二'], undefined)).toEqual([undefined, undefined]);
  });

  it('that a type cannot show are named in the advice', () => {
    expect(adviseMentions('text', { atMobiles: ['1'] })).toEqual([]);
    expect(adviseMentions('link', { atMobiles: ['1'] })).toMatchObject([{ path: 'at' }]);
    expect(adviseMentions('actionCard', { atMobiles: ['1'] })).toMatchObject([{ path: 'at' }]);
    expect(adviseMentions('actionCard', { atUserIds: ['1'] })).toEqual([]);
  });
});
