import { describe, expect, it } from 'vitest';
import { validate } from '../../src/inbound/validation.pipe.js';
import { DeliveryError, type Complaint } from '../../src/providers/delivery-error.js';
import { appRobotMessages } from '../../src/providers/dingtalk/dto/app-robot-messages.js';
import {
  msgParamText,
  OtoRecallDto,
  OtoSendDto,
  RobotGroupSendDto,
} from '../../src/providers/dingtalk/dto/app-robot.dto.js';
import { ChatConvertDto } from '../../src/providers/dingtalk/dto/group.dto.js';
import { robotGroupSend, robotOtoSend } from '../../src/providers/dingtalk/operations/app-robot.operations.js';
import type { DingTalkApp } from '../../src/providers/dingtalk/dingtalk.settings.js';
import type { ResolvedApp } from '../../src/providers/provider.contract.js';

const app = {
  provider: 'dingtalk',
  name: 'default',
  settings: { appKey: 'dingkey', robotCode: 'dingrobot', robotCodeAssumed: false } as DingTalkApp,
  baseUrls: {},
} satisfies ResolvedApp<DingTalkApp>;

/** A one-to-one message, checked as the route checks it. */
function oto(message: Readonly<Record<string, unknown>>): OtoSendDto {
  return validate(OtoSendDto, { userIds: ['zhangsan'], ...message });
}

/** What is complained about, by path. */
function complaintsAbout(action: () => unknown): readonly string[] {
  return complaintsOf(action).map(({ path }) => path);
}

function complaintsOf(action: () => unknown): readonly Complaint[] {
  try {
    action();
  } catch (error) {
    if (error instanceof DeliveryError) return error.details.complaints ?? [];
    throw error;
  }
  return [];
}

function paramOf(msgKey: string): Record<string, unknown> {
  const example = appRobotMessages.types.find(({ msgtype }) => msgtype === msgKey)?.examples[0];
  return example?.message.msgParam as Record<string, unknown>;
}

/** The members that each key documents; those marked `?` may be left out. */
const MEMBERS: Readonly<Record<string, string>> = {
  sampleText: 'content',
  sampleMarkdown: 'title text',
  sampleImageMsg: 'photoURL',
  sampleLink: 'title text picUrl? messageUrl',
  sampleActionCard: 'title text singleTitle singleURL',
  sampleActionCard2: 'title text actionTitle1 actionURL1 actionTitle2 actionURL2',
  sampleActionCard3: 'title text actionTitle1 actionURL1 actionTitle2 actionURL2 actionTitle3 actionURL3',
  sampleActionCard4:
    'title text actionTitle1 actionURL1 actionTitle2 actionURL2 actionTitle3 actionURL3 actionTitle4 actionURL4',
  sampleActionCard5:
    'title text actionTitle1 actionURL1 actionTitle2 actionURL2 actionTitle3 actionURL3 actionTitle4 actionURL4 actionTitle5 actionURL5',
  sampleActionCard6: 'title text buttonTitle1 buttonUrl1 buttonTitle2 buttonUrl2',
  sampleAudio: 'mediaId duration',
  sampleFile: 'mediaId fileName fileType',
  sampleVideo: 'duration videoMediaId videoType picMediaId? height? width?',
};

describe('messages of the app robot', () => {
  it('are those of the platform’s page', () => {
    expect(appRobotMessages.types.map(({ msgtype }) => msgtype)).toEqual(Object.keys(MEMBERS));
  });

  const members = Object.entries(MEMBERS).flatMap(([msgKey, names]) =>
    names.split(' ').map((name) => ({ msgKey, member: name.replace('?', ''), optional: name.endsWith('?') })),
  );

  it.each(members)('$msgKey: $member is checked', ({ msgKey, member, optional }) => {
    const { [member]: _left, ...rest } = paramOf(msgKey);
    const path = `msgParam.${member}`;
    expect(complaintsAbout(() => oto({ msgKey, msgParam: paramOf(msgKey) }))).toEqual([]);
    expect(complaintsAbout(() => oto({ msgKey, msgParam: { ...rest, [member]: ['of', 'another', 'type'] } }))).toEqual([
      path,
    ]);
    expect(complaintsAbout(() => oto({ msgKey, msgParam: rest }))).toEqual(optional ? [] : [path]);
    expect(complaintsAbout(() => oto({ msgKey, msgParam: JSON.stringify(rest) }))).toEqual(optional ? [] : [path]);
  });

  it.each<[string, unknown, string]>([
    ['no msgKey', { msgParam: { content: 'x' } }, 'msgKey'],
    ['a msgKey that is no name', { msgKey: '../sampleText', msgParam: { content: 'x' } }, 'msgKey'],
    ['a msgKey in a list', { msgKey: ['sampleText'], msgParam: { content: 'x' } }, 'msgKey'],
    ['no msgParam', { msgKey: 'sampleText' }, 'msgParam'],
    ['a list', { msgKey: 'sampleText', msgParam: [{ content: 'x' }] }, 'msgParam'],
    ['a number', { msgKey: 'sampleText', msgParam: 7 }, 'msgParam'],
    ['text that is no JSON', { msgKey: 'sampleText', msgParam: 'hello' }, 'msgParam'],
    ['JSON that is no object', { msgKey: 'sampleText', msgParam: '["x"]' }, 'msgParam'],
    ['JSON text 10,000 levels deep', { msgKey: 'sampleText', msgParam: '{"a":'.repeat(10_000) }, 'msgParam'],
    ['JSON text that is cut', { msgKey: 'sampleText', msgParam: '{"content":"x"' }, 'msgParam'],
    ['another member beside them', { msgKey: 'sampleText', msgParam: { content: 'x' }, msgtype: 'text' }, 'msgtype'],
    ['a key of ours with text', { msgKey: 'sampleNew', msgParam: 'x' }, 'msgParam'],
    [
      'a duration as a number',
      { msgKey: 'sampleAudio', msgParam: { mediaId: '@lA', duration: 3000 } },
      'msgParam.duration',
    ],
    [
      'a link to a script',
      { msgKey: 'sampleLink', msgParam: { ...paramOf('sampleLink'), messageUrl: 'javascript:x' } },
      'msgParam.messageUrl',
    ],
  ])('are refused with %s', (_what, message, path) => {
    expect(complaintsAbout(() => oto(message as Record<string, unknown>))).toEqual([path]);
  });

  it('of a key that is not documented pass, whatever is in them', () => {
    const request = oto({ msgKey: 'sampleMarkdownDX', msgParam: { whatever: [1, { deep: true }] } });
    expect(msgParamText(request)).toBe('{"whatever":[1,{"deep":true}]}');
  });

  it('given as JSON text travel as that very text', () => {
    const msgParam = '{ "content" : "12345678901234567890" , "more":1e3 }';
    expect(msgParamText(oto({ msgKey: 'sampleText', msgParam }))).toBe(msgParam);
  });

  it('keep members that we do not know', () => {
    const request = oto({ msgKey: 'sampleText', msgParam: { content: 'x', later: { b: 2 } } });
    expect(JSON.parse(msgParamText(request))).toEqual({ content: 'x', later: { b: 2 } });
  });

  it('are rendered with the robot of the app, and msgParam as text', () => {
    const body = JSON.parse(
      robotOtoSend.render(oto({ userIds: 'a, b', msgKey: 'sampleText', msgParam: { content: 'x' } }), app).body ?? '',
    );
    expect(body).toEqual({
      robotCode: 'dingrobot',
      userIds: ['a', 'b'],
      msgKey: 'sampleText',
      msgParam: '{"content":"x"}',
    });
  });
});

describe('limits of the app robot', () => {
  const group = (content: string): RobotGroupSendDto =>
    validate(RobotGroupSendDto, { openConversationId: 'cid1', msgKey: 'sampleText', msgParam: { content } });
  /** `{"content":""}` has 14 bytes. */
  const filled = (bytes: number): string => '字'.repeat(Math.floor((bytes - 14) / 3)) + 'x'.repeat((bytes - 14) % 3);

  it('msgParam in a group: 15,000 bytes of UTF-8 pass, 15,001 do not', () => {
    expect(robotGroupSend.check?.(group(filled(15_000)))).toEqual([]);
    expect(robotGroupSend.check?.(group(filled(15_001)))).toMatchObject([
      { path: 'msgParam', message: { en: 'at most 15000 bytes as UTF-8 JSON, got 15001' } },
    ]);
  });

  it('msgParam one-to-one: no figure is published, so it is only named', () => {
    const long = oto({ msgKey: 'sampleText', msgParam: { content: filled(15_001) } });
    expect(robotOtoSend.check?.(long) ?? []).toEqual([]);
    expect(robotOtoSend.advise?.(long, app)).toMatchObject([{ path: 'msgParam' }]);
  });

  it.each([
    [20, []],
    [21, ['userIds']],
    [100, ['userIds']],
  ] as const)('%i recipients pass, and more than 20 are named', (count, named) => {
    const userIds = Array.from({ length: count }, (_, index) => `user${index}`);
    const request = oto({ userIds, msgKey: 'sampleText', msgParam: { content: 'x' } });
    expect(robotOtoSend.advise?.(request, app).map(({ path }) => path)).toEqual(named);
  });

  it('101 recipients do not', () => {
    const userIds = Array.from({ length: 101 }, (_, index) => `user${index}`);
    expect(complaintsAbout(() => oto({ userIds, msgKey: 'sampleText', msgParam: { content: 'x' } }))).toEqual([
      'userIds',
    ]);
  });

  it('21 messages cannot be recalled at once', () => {
    const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `key${index}=`);
    expect(complaintsAbout(() => validate(OtoRecallDto, { processQueryKeys: keys(20) }))).toEqual([]);
    expect(complaintsAbout(() => validate(OtoRecallDto, { processQueryKeys: keys(21) }))).toEqual(['processQueryKeys']);
  });

  it.each(['.', '..', 'a b', 'a\n', ''])('the chatid %j would lead elsewhere and is refused', (chatid) => {
    expect(complaintsAbout(() => validate(ChatConvertDto, { chatid }))).toEqual(['chatid']);
  });
});
