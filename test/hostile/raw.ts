import { NOTICE, rows, type HostileCase } from './hostile-case.js';

const BODY = JSON.stringify({ userid_list: 'zhangsan', msg: { msgtype: 'text', text: { content: 'smuggled' } } });
const KEY = 'X-API-Key: {key}\r\n';
const HOST = 'Host: gateway\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const length = (bytes: number | string): string => `Content-Length: ${bytes}\r\n`;

/** A request whose head is written by hand; the body is a message that must not be sent. */
function posted(head: string, body = BODY): string {
  return `POST ${NOTICE} HTTP/1.1\r\n${HOST}${KEY}${JSON_TYPE}Connection: close\r\n${head}\r\n${body}`;
}

/** A second request, hidden in the body of the first. */
const HIDDEN = `POST ${NOTICE} HTTP/1.1\r\n${HOST}${KEY}${JSON_TYPE}${length(BODY.length)}\r\n${BODY}`;

/** To whom nobody answers. */
const closed: readonly [string, string][] = [['CONNECT', `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${HOST}\r\n`]];

/** What a strict parser refuses: two parties that read it differently could be played off against each other. */
const refused: readonly [string, string | Buffer][] = [
  ['both length headers', posted(`${length(4)}Transfer-Encoding: chunked\r\n`, `0\r\n\r\n${HIDDEN}`)],
  [
    'both length headers, the other way round',
    posted(`Transfer-Encoding: chunked\r\n${length(4)}`, `0\r\n\r\n${HIDDEN}`),
  ],
  ['two lengths that differ', posted(length(4) + length(BODY.length))],
  ['two lengths in one', posted(length(`4, ${BODY.length}`))],
  ['a length with a sign', posted(length(`+${BODY.length}`))],
  ['a negative length', posted(length(-1))],
  ['a length in hexadecimal', posted(length(`0x${BODY.length.toString(16)}`))],
  ['a length with text', posted(length(`${BODY.length}x`))],
  ['a length beyond 2^64', posted(length('99999999999999999999999'))],
  ['an unknown transfer encoding', posted('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${HIDDEN}`)],
  ['chunked and more', posted('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${HIDDEN}`)],
  ['a blank before the colon', posted('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${HIDDEN}`)],
  ['a chunk size that is none', posted('Transfer-Encoding: chunked\r\n', 'zz\r\nx\r\n0\r\n\r\n')],
  ['a chunk size beyond 2^64', posted('Transfer-Encoding: chunked\r\n', 'fffffffffffffffff\r\nx\r\n0\r\n\r\n')],
  ['a negative chunk size', posted('Transfer-Encoding: chunked\r\n', '-1\r\nx\r\n0\r\n\r\n')],
  ['a chunk that is longer than it says', posted('Transfer-Encoding: chunked\r\n', `1\r\n${BODY}\r\n0\r\n\r\n`)],
  ['a folded header', posted(`X-Fold: a\r\n b\r\n${length(BODY.length)}`)],
  [
    'a folded header at the start',
    `POST ${NOTICE} HTTP/1.1\r\n X-Fold: a\r\n${HOST}${KEY}${length(BODY.length)}\r\n${BODY}`,
  ],
  ['NUL in a header', posted(`X-Nul: a\u0000b\r\n${length(BODY.length)}`)],
  ['NUL in the name of a header', posted(`X-N\u0000ul: a\r\n${length(BODY.length)}`)],
  ['a bare carriage return in a header', posted(`X-Cr: a\rX-Injected: b\r\n${length(BODY.length)}`)],
  ['a header without a name', posted(`: x\r\n${length(BODY.length)}`)],
  ['a header without a colon', posted(`X-None\r\n${length(BODY.length)}`)],
  ['a name with a blank', posted(`X None: a\r\n${length(BODY.length)}`)],
  ['no Host', `POST ${NOTICE} HTTP/1.1\r\n${KEY}Connection: close\r\n${length(BODY.length)}\r\n${BODY}`],
  ['100 kB of headers', posted(`X-Long: ${'a'.repeat(100_000)}\r\n${length(BODY.length)}`)],
  ['a method of 10 kB', `${'A'.repeat(10_000)} / HTTP/1.1\r\n${HOST}\r\n`],
  ['an unknown method', `HACK ${NOTICE} HTTP/1.1\r\n${HOST}\r\n`],
  ['a method in small letters', `post ${NOTICE} HTTP/1.1\r\n${HOST}\r\n`],
  ['TRACE', `TRACE ${NOTICE} HTTP/1.1\r\n${HOST}${KEY}Connection: close\r\n\r\n`],
  ['no path', `GET HTTP/1.1\r\n${HOST}\r\n`],
  ['a path with a blank', `GET /v1/ providers HTTP/1.1\r\n${HOST}${KEY}\r\n`],
  ['a path with NUL', `GET /v1/\u0000 HTTP/1.1\r\n${HOST}${KEY}\r\n`],
  ['a path of 100 kB', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${HOST}${KEY}\r\n`],
  ['a path in Latin-1', Buffer.from(`GET /\xff HTTP/1.1\r\n${HOST}${KEY}Connection: close\r\n\r\n`, 'latin1')],
  ['a whole address as path', `GET http://127.0.0.1:22/ HTTP/1.1\r\n${HOST}${KEY}Connection: close\r\n\r\n`],
  ['an address with credentials as path', `GET http://a:b@evil/x HTTP/1.1\r\n${HOST}${KEY}Connection: close\r\n\r\n`],
  ['an asterisk as path', `GET * HTTP/1.1\r\n${HOST}${KEY}Connection: close\r\n\r\n`],
  ['HTTP/9.9', `GET / HTTP/9.9\r\n${HOST}\r\n`],
  ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
  ['noise', Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 256))],
  ['a command for Redis', '*1\r\n$8\r\nFLUSHALL\r\n'],
  ['a proxy header', `PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET / HTTP/1.1\r\n${HOST}\r\n`],
  [
    'an upgrade to h2c',
    `GET /x HTTP/1.1\r\n${HOST}${KEY}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n\r\n`,
  ],
  [
    'an upgrade to a web socket',
    `GET /x HTTP/1.1\r\n${HOST}${KEY}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
  ],
  ['half a body and the end', posted(length(BODY.length), BODY.slice(0, 20))],
  ['two keys', `GET /v1/providers HTTP/1.1\r\n${HOST}${KEY}X-API-Key: other\r\nConnection: close\r\n\r\n`],
  [
    'two Authorization headers, the second good',
    `GET /v1/providers HTTP/1.1\r\n${HOST}Authorization: Basic eA==\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n`,
  ],
  [
    'a key with a blank before it',
    `GET /v1/providers HTTP/1.1\r\n${HOST}Authorization: Bearer\t{key} x\r\nConnection: close\r\n\r\n`,
  ],
];

export const rawCases: readonly HostileCase[] = [
  ...rows(refused, (raw) => ({ request: { raw }, end: 'refused' }), 'raw: '),
  ...rows(closed, (raw) => ({ request: { raw }, end: 'closed' }), 'raw: '),
];
