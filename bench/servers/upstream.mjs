// The platform: answers DingTalk's gettoken, chat/send and media/upload over kept connections, at once or after a
// fixed time. Counts requests and connections; on demand notes when each numbered message came and was answered.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { listen, options } from './ready.mjs';

const TOKEN = answer({ errcode: 0, errmsg: 'ok', access_token: 'bench-token-0123456789', expires_in: 7200 });
const SENT = answer({ errcode: 0, errmsg: 'ok', messageId: 'msg0123456789abcdef' });
const UPLOADED = answer({ errcode: 0, errmsg: 'ok', type: 'file', media_id: '@lAzbench', created_at: 1700000000000 });

let counts = { connections: 0, requests: 0, sends: 0, firstSendAt: 0, lastSendAt: 0 };
/** Message number → when it came and when it was answered, epoch milliseconds. */
let receipts;

const { delayMs, key, cert } = options;
const server = cert
  ? createSecureServer({ key: readFileSync(key), cert: readFileSync(cert), ALPNProtocols: ['http/1.1'] }, serve)
  : createServer(serve);
server.keepAliveTimeout = 60_000;
server.on(cert ? 'secureConnection' : 'connection', (socket) => {
  counts.connections += 1;
  socket.setNoDelay(true);
});
listen(server, {
  counts: () => counts,
  reset: () => {
    counts = { connections: 0, requests: 0, sends: 0, firstSendAt: 0, lastSendAt: 0 };
    return counts;
  },
  record: () => {
    receipts = [];
    return {};
  },
  receipts: () => {
    const noted = receipts;
    receipts = undefined;
    return noted;
  },
});

function serve(request, response) {
  counts.requests += 1;
  const body = answerTo(request.url);
  if (body !== SENT) return afterReading(request, () => write(response, body));
  const now = Date.now();
  counts.sends += 1;
  counts.firstSendAt ||= now;
  counts.lastSendAt = now;
  const note = receipts && { came: performance.timeOrigin + performance.now() };
  if (note) noteNumber(request, note);
  afterReading(request, () => {
    const finish = () => {
      if (note) note.answered = performance.timeOrigin + performance.now();
      write(response, body);
    };
    if (delayMs > 0) setTimeout(finish, delayMs);
    else finish();
  });
}

function afterReading(request, then) {
  request.resume();
  request.once('end', then);
}

function noteNumber(request, note) {
  let text = '';
  const list = receipts;
  request.on('data', (chunk) => (text += chunk));
  request.once('end', () => {
    const sequence = /<(\d+)>/.exec(text)?.[1];
    if (sequence !== undefined) (list[Number(sequence)] ??= []).push(note);
  });
}

function answerTo(url) {
  if (url.startsWith('/chat/send')) return SENT;
  return url.startsWith('/media/upload') ? UPLOADED : TOKEN;
}

function write(response, { body, headers }) {
  response.writeHead(200, headers);
  response.end(body);
}

function answer(value) {
  const body = Buffer.from(JSON.stringify(value));
  return { body, headers: { 'content-type': 'application/json', 'content-length': body.length } };
}
