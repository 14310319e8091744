// The platform where it must not be the limit: answers DingTalk's gettoken and chat/send over plain sockets, in two
// thirds of the time that node:http takes, because it shares its core with Redis. Counts messages.
import { createServer } from 'node:net';
import { listen } from './ready.mjs';

const END_OF_HEAD = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;
const TOKEN = answer({ errcode: 0, errmsg: 'ok', access_token: 'bench-token-0123456789', expires_in: 7200 });
const SENT = answer({ errcode: 0, errmsg: 'ok', messageId: 'msg0123456789abcdef' });

let counts = { sends: 0, lastSendAt: 0 };

listen(createServer({ noDelay: true }, serve), {
  counts: () => counts,
  reset: () => (counts = { sends: 0, lastSendAt: 0 }),
});

function serve(socket) {
  let rest = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    rest += chunk.latin1Slice();
    for (let request = next(); request !== undefined; request = next()) socket.write(answerTo(request));
  });

  /** The head of the next request that is there as a whole; takes it away. */
  function next() {
    const end = rest.indexOf(END_OF_HEAD);
    if (end < 0) return undefined;
    const head = rest.slice(0, end + 2);
    const whole = end + END_OF_HEAD.length + Number(LENGTH.exec(head)?.[1] ?? 0);
    if (rest.length < whole) return undefined;
    rest = rest.slice(whole);
    return head;
  }
}

function answerTo(head) {
  if (!head.startsWith('POST /chat/send')) return TOKEN;
  counts.sends += 1;
  counts.lastSendAt = Date.now();
  return SENT;
}

function answer(value) {
  const body = JSON.stringify(value);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}${END_OF_HEAD}${body}`,
  );
}
