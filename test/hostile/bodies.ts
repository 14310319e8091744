import { CHAT, EXTERNAL, json, NOTICE, REPLAY, rows, WECOM, type HostileCase } from './hostile-case.js';

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

/** Bodies that are not what any route asks for, or not JSON at all. */
const bodies: readonly [string, string | Buffer][] = [
  ['nothing', ''],
  ['a blank', ' '],
  ['null', 'null'],
  ['true', 'true'],
  ['a number', '0'],
  ['a negative zero', '-0'],
  ['text', '"x"'],
  ['a list', '[]'],
  ['a list of objects', '[{}]'],
  ['an object that never ends', '{"msg":{'],
  ['text that never ends', '{"msg":"'],
  ['bytes after the end', '{} {}'],
  ['a trailing comma', '{"a":1,}'],
  ['a comment', '{/* */}'],
  ['single quotes', "{'a':1}"],
  ['no quotes', '{a:1}'],
  ['NaN', '{"a":NaN}'],
  ['Infinity', '{"a":Infinity}'],
  ['a hexadecimal number', '{"a":0x10}'],
  ['a leading zero', '{"a":01}'],
  ['a leading plus', '{"a":+1}'],
  ['a BOM of UTF-16', Buffer.from('\ufeff{}', 'utf16le')],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['an overlong NUL', Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
  ['an encoded surrogate', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
  ['NUL bytes', Buffer.alloc(1_000)],
  ['a line break within text', '{"a":"\n"}'],
  ['lists 21 deep', `{"a":${nested('[', ']', 21)}}`],
  ['lists 5,000 deep', `{"a":${nested('[', ']', 5_000)}}`],
  ['objects 5,000 deep', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ['20,000 brackets without an end', '['.repeat(20_000)],
  ['a number of 10,000 digits', `{"a":${'9'.repeat(10_000)}}`],
  ['a number with the exponent 400', '{"a":1e400}'],
  ['a number above 2^53', '{"a":9007199254740993}'],
  ['more than 100 kB of blanks', ' '.repeat(150_000)],
  ['YAML', 'msg: text'],
  ['XML with an entity', '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'],
  ['a form', 'msg=1&userid_list=zhangsan'],
  ['a constructor that is data', '{"name":{"constructor":1},"chatid":{"constructor":{}},"touser":[{"constructor":1}]}'],
  ['a constructor below an unknown member', '{"x":{"constructor":1,"__proto__":{"constructor":"y"}}}'],
  ['a pickle', Buffer.from('\x80\x04\x95\x0c\x00\x00\x00', 'latin1')],
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0])],
];

/** Keys that mean something to JavaScript; beside them the body is empty. */
const keys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'toJSON',
  'then',
  'length',
];

const routes: readonly [string, string][] = [
  ['a route of system A', NOTICE],
  ['a group of DingTalk', CHAT],
  ['a route of WeCom', WECOM],
  ['a route of system B', EXTERNAL],
];

/** One kind of route after another gets every body. */
export const bodyCases: readonly HostileCase[] = [
  ...routes.flatMap(([route, path]) =>
    rows(bodies, (body) => ({ request: json(path, body), end: 'refused' }), `${route}, body: `),
  ),
  ...rows(
    bodies.filter(([name]) => name !== 'nothing'),
    (body) => ({ request: json(REPLAY, body), end: 'refused' }),
    'replaying, body: ',
  ),
  ...routes.flatMap(([route, path]) =>
    keys.flatMap((key) => [
      { name: `${route}, member ${key}`, request: json(path, `{"${key}":{"admin":true}}`), end: 'refused' as const },
      {
        name: `${route}, msgtype ${key}`,
        request: json(
          path,
          `{"chatid":"c","touser":"z","userid_list":"z","msgtype":"${key}","msg":{"msgtype":"${key}"}}`,
        ),
        end: 'refused' as const,
      },
    ]),
  ),
];
