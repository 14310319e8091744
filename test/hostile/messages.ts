import {
  CHAT,
  json,
  NOTICE,
  notice,
  post,
  ROBOT,
  robot,
  rows,
  WECOM,
  wecom,
  type HostileCase,
} from './hostile-case.js';

const text = (content: unknown): unknown => ({ msgtype: 'text', text: { content } });
const LONG = 'x'.repeat(90_000);

/** What people and programs put into a text. It is data: it arrives as it is, or not at all. */
const texts: readonly [string, string][] = [
  ['U+2028 and U+2029', 'a\u2028b\u2029c'],
  ['a bidirectional override', 'gpj.\u202eexe'],
  ['zero-width characters', 'a\u200b\u200d\ufeffb'],
  ['NUL', 'a\u0000b'],
  ['escape sequences of a terminal', '\u001b[2J\u001b]0;x\u0007'],
  ['line breaks that look like a log line', 'x\n{"level":"fatal","msg":"forged"}\r\n'],
  ['400 combining marks', `a${'\u0301'.repeat(400)}`],
  ['a family of emoji', '👨‍👩‍👧‍👦'.repeat(20)],
  ['noncharacters', '\ufffe\uffff'],
  ['a template of ours', '${process.env.MSG_DD_APP_SECRET}'],
  ['a template of another language', '{{7*7}} <%= 7*7 %> #{7*7}'],
  ['SQL', "'; DROP TABLE messages; --"],
  ['HTML', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
  ['a link in markdown', '[here](javascript:alert(1)) ![](http://127.0.0.1/x)'],
  ['JSON that closes the message', '"},"to_all_user":true,"x":{"y":"'],
  ['a header', 'x\r\nAuthorization: Bearer y'],
  ['a JNDI look-up', '${jndi:ldap://127.0.0.1/x}'],
  ['printf', '%s%s%n%x'],
  ['@all', '@all @所有人 @everyone'],
  ['a mention of everybody in the platform’s form', '<@all> @{all} <at user_id="all">'],
];

/** WeCom refuses these itself (40033); DingTalk takes them. */
const CONTROL = new Set(['NUL', 'escape sequences of a terminal']);

/** Halves of a character: JSON can carry them, UTF-8 cannot. */
const halves: readonly [string, string][] = [
  ['a lone high surrogate', '\\ud800'],
  ['a lone low surrogate', '\\udc00'],
  ['surrogates in the wrong order', '\\udc00\\ud800'],
];

const noMessage: readonly [string, unknown][] = [
  ['a number', 1],
  ['text', 'text'],
  ['a list', [text('x')]],
  ['null', null],
  ['true', true],
  ['empty', {}],
  ['a msgtype of 90 kB', { msgtype: LONG, [LONG]: {} }],
  ['a msgtype with a path', { msgtype: '../text', '../text': { content: 'x' } }],
  ['a msgtype with a line break', { msgtype: 'text\r\n', 'text\r\n': {} }],
  ['a msgtype in a list', { msgtype: ['text'], text: { content: 'x' } }],
  ['a msgtype with NUL', { msgtype: 'text\u0000', 'text\u0000': null }],
  ['text in a list', { msgtype: 'text', text: [{ content: 'x' }] }],
  ['a content that is an object', text({ toString: 'x' })],
  ['a content that is a list', text(['x'])],
  ['a content that is a number', text(1)],
  ['a content that is empty', text('')],
  ['two contents, neither named', { msgtype: 'image', text: { content: 'x' }, file: { media_id: 'x' } }],
];

/** Addresses that a click must not open. */
const links: readonly [string, unknown][] = [
  ['javascript:', 'javascript:alert(1)'],
  ['JaVaScRiPt:', 'JaVaScRiPt:alert(1)'],
  ['javascript: after a blank', ' javascript:alert(1)'],
  ['javascript: with a tab', 'java\tscript:alert(1)'],
  ['data:', 'data:text/html,<script>alert(1)</script>'],
  ['vbscript:', 'vbscript:msgbox(1)'],
  ['file:', 'file:///etc/passwd'],
  ['ftp:', 'ftp://example.com/x'],
  ['no scheme', '//evil.example/x'],
  ['a path', '/etc/passwd'],
  ['no host', 'https://'],
  ['a number', 1],
  ['empty', ''],
];

/** DingTalk opens many schemes, so all but the dangerous ones pass there. */
const HARMLESS = new Set<unknown>(['ftp://example.com/x', 'https://']);

/** Contents that stand in a text of their own: what is in it is read a second time. */
const params: readonly [string, unknown][] = [
  ['a number', 1],
  ['a list', [{ content: 'x' }]],
  ['true', true],
  ['empty text', ''],
  ['text', 'hello'],
  ['half a JSON', '{"content":"x"'],
  ['JSON after JSON', '{"content":"x"}{"content":"y"}'],
  ['JSON in JSON', JSON.stringify(JSON.stringify({ content: 'x' }))],
  ['a list in JSON', '[{"content":"x"}]'],
  ['null in JSON', 'null'],
  ['10,000 objects in each other, in JSON', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['30,000 lists in each other, in JSON', `{"content":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
  ['a content of another type in JSON', '{"content":{"toString":"x"}}'],
  ['a prototype in JSON', '{"__proto__":{"content":"x"}}'],
];

const recipients: readonly [string, unknown][] = [
  ['an object', { id: 'zhangsan' }],
  ['a list of objects', [{ id: 'zhangsan' }]],
  ['a list of lists', [['zhangsan']]],
  ['true', true],
  ['a number above 2^53 as exponent', 1e21],
  ['20,000 ids', Array.from({ length: 20_000 }, (_, index) => index)],
];

const oversize: readonly [string, unknown][] = [
  ['a text of 90 kB', text(LONG)],
  ['a markdown of 90 kB', { msgtype: 'markdown', markdown: { title: 'x', text: LONG } }],
];

export const messageCases: readonly HostileCase[] = [
  ...rows(texts, (content) => ({ request: post(NOTICE, notice(text(content))), end: 'sent' }), 'DingTalk, text: '),
  ...rows(
    texts,
    (content, name) => ({
      request: post(WECOM, wecom('text', { content })),
      end: CONTROL.has(name) ? 'either' : 'sent',
    }),
    'WeCom, text: ',
  ),
  ...rows(
    texts.slice(-2),
    (content) => ({ request: post(WECOM, wecom('markdown', { content })), end: 'sent' }),
    'WeCom, markdown: ',
  ),
  ...rows(
    halves,
    (half) => ({
      request: json(NOTICE, `{"userid_list":"zhangsan","msg":{"msgtype":"text","text":{"content":"a${half}b"}}}`),
      end: 'either',
    }),
    'DingTalk, text: ',
  ),
  ...rows(noMessage, (msg) => ({ request: post(NOTICE, notice(msg)), end: 'refused' }), 'a notice whose msg is '),
  ...rows(noMessage, (msg) => ({ request: post(CHAT, { chatid: 'c', msg }), end: 'refused' }), 'a group’s msg is '),
  ...rows(
    links,
    (messageUrl) => ({
      request: post(NOTICE, notice({ msgtype: 'link', link: { messageUrl, picUrl: '@x', title: 't', text: 'x' } })),
      end: HARMLESS.has(messageUrl) ? 'either' : 'refused',
    }),
    'DingTalk, a link to ',
  ),
  ...rows(
    links,
    (url) => ({ request: post(WECOM, wecom('textcard', { title: 't', description: 'd', url })), end: 'refused' }),
    'WeCom, a card that opens ',
  ),
  ...rows(
    recipients,
    (userid_list) => ({ request: post(NOTICE, { userid_list, msg: text('x') }), end: 'refused' }),
    'DingTalk, recipients: ',
  ),
  ...rows(
    texts,
    (content) => ({ request: post(ROBOT, robot(JSON.stringify({ content }))), end: 'sent' }),
    'DingTalk’s robot, text in JSON text: ',
  ),
  ...rows(params, (param) => ({ request: post(ROBOT, robot(param)), end: 'refused' }), 'a robot’s msgParam is '),
  ...rows(
    recipients,
    (userIds) => ({ request: post(ROBOT, robot({ content: 'x' }, { userIds })), end: 'refused' }),
    'DingTalk’s robot, recipients: ',
  ),
  ...rows(
    recipients,
    (touser) => ({ request: post(WECOM, wecom('text', { content: 'x' }, { touser })), end: 'refused' }),
    'WeCom, recipients: ',
  ),
  ...rows(oversize, (msg) => ({ request: post(NOTICE, notice(msg)), end: 'refused' }), 'DingTalk, '),
  { name: 'WeCom, a text of 90 kB', request: post(WECOM, wecom('text', { content: LONG })), end: 'refused' },
  ...rows<Record<string, unknown>>(
    [
      ['to_all_user', { to_all_user: true }],
      ['to_all_user as text', { to_all_user: 'true' }],
      ['the root department', { dept_id_list: '1' }],
      ['the root department among others', { dept_id_list: [2, '1'] }],
    ],
    (more) => ({ request: post(NOTICE, notice(text('x'), more)), end: 'refused' }),
    'DingTalk, everybody without the scope: ',
  ),
  ...rows<Record<string, unknown>>(
    [
      ['@all', { touser: '@all' }],
      ['@all in a list', { touser: ['@all'] }],
      ['@all among others', { touser: 'zhangsan|@all' }],
      ['the root department', { toparty: '1' }],
    ],
    (more) => ({ request: post(WECOM, wecom('text', { content: 'x' }, more)), end: 'refused' }),
    'WeCom, everybody without the scope: ',
  ),
  ...rows<readonly string[]>(
    [
      ['@all', ['@all']],
      ['@all among others', ['zhangsan', '@all']],
    ],
    (mentioned_list) => ({
      request: post('/v1/wecom/appchat/send', { chatid: 'c', msgtype: 'text', text: { content: 'x', mentioned_list } }),
      end: 403,
    }),
    'WeCom, a group’s mentioned_list without the scope: ',
  ),
];
