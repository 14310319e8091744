import { rows, type HostileCase } from './hostile-case.js';

const BOUNDARY = 'hostile';
const END = `--${BOUNDARY}--\r\n`;
const part = (headers: string, value: string): string => `--${BOUNDARY}\r\n${headers}\r\n\r\n${value}\r\n`;
const field = (name: string, value: string): string => part(`Content-Disposition: form-data; name="${name}"`, value);
const file = (name: string, bytes = 'pixels'): string =>
  part(`Content-Disposition: form-data; name="media"; filename="${name}"\r\nContent-Type: image/png`, bytes);
const TYPE = field('type', 'image');

/** Names under which nobody sends a picture. What looks like a path loses its folders; the rest is refused. */
const names: readonly string[] = [
  'a.png\u0000.exe',
  '.png/',
  'a',
  '.',
  '..',
  'a.p\u200bng',
  'a.png;x',
  'a.png\u202e',
  'CON',
  `${'a'.repeat(5_000)}.exe`,
];

const forms: readonly [string, string][] = [
  ['nothing', ''],
  ['an end alone', END],
  ['no file', TYPE + END],
  ['no type', file('a.png') + END],
  ['the type twice', TYPE + TYPE + file('a.png') + END],
  ['an unknown type', field('type', 'virus') + file('a.png') + END],
  ['a type that is __proto__', field('type', '__proto__') + file('a.png') + END],
  ['a field called __proto__', TYPE + field('__proto__', 'x') + END],
  ['a field called __proto__[x]', TYPE + field('__proto__[x]', 'y') + END],
  ['fields nested 100 deep', TYPE + field(`a${'[b]'.repeat(20)}`, 'x') + END],
  ['a numeric index of a billion', TYPE + field('a[999999999]', 'x') + END],
  ['20 fields', TYPE + field('x', '1').repeat(20) + file('a.png') + END],
  ['two files', TYPE + file('a.png') + file('b.png') + END],
  ['a file without bytes', TYPE + file('a.png', '') + END],
  ['a file instead of the type', part('Content-Disposition: form-data; name="type"; filename="a.png"', 'x') + END],
  ['the file as a field', TYPE + field('media', 'pixels') + END],
  ['no name', part('Content-Disposition: form-data', 'x') + END],
  ['an empty name', field('', 'x') + END],
  ['another disposition', part('Content-Disposition: attachment; name="media"; filename="a.png"', 'x') + END],
  ['50 headers in a part', part(Array.from({ length: 50 }, (_, index) => `X-${index}: y`).join('\r\n'), 'x') + END],
  ['a header of 100 kB', part(`X-Long: ${'y'.repeat(100_000)}`, 'x') + END],
  [
    'base64 as transfer encoding',
    TYPE + part('Content-Disposition: form-data; name="media"\r\nContent-Transfer-Encoding: base64', 'eA==') + END,
  ],
  ['a part that never ends', `${TYPE}--${BOUNDARY}\r\nContent-Disposition: form-data; name="media"; filename="a.png"`],
  ['a boundary within the boundary', `--${BOUNDARY}--${BOUNDARY}\r\n${END}`],
  ['JSON', '{"type":"image"}'],
];

const types = [
  'multipart/form-data',
  'multipart/form-data; boundary=',
  `multipart/form-data; boundary=${'b'.repeat(5_000)}`,
  'multipart/mixed; boundary=hostile',
  'application/json',
  'application/x-www-form-urlencoded',
];

function upload(
  path: string,
  body: string,
  type = `multipart/form-data; boundary=${BOUNDARY}`,
): HostileCase['request'] {
  return { method: 'POST', path, body, headers: { 'Content-Type': type } };
}

export const uploadCases: readonly HostileCase[] = ['/v1/dd/media/upload', '/v1/wecom/media/upload'].flatMap((path) => [
  ...rows(forms, (form) => ({ request: upload(path, form), end: 'refused' }), `${path}, form with `),
  ...names.map((name) => ({
    name: `${path}, a file called ${JSON.stringify(name.slice(0, 20))}`,
    request: upload(path, TYPE + file(name) + END),
    end: 'refused' as const,
  })),
  ...types.map((type) => ({
    name: `${path}, as ${type.slice(0, 50)}`,
    request: upload(path, TYPE + file('a.png') + END, type),
    end: 'refused' as const,
  })),
]);
