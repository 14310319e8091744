// The yardstick: a raw node:http server that reads a body, forwards it with undici and gives the answer back as JSON.
// Same connections as the gateway's own (src/outbound/outbound.client.ts): HTTP/1.1, up to 1024, kept for 55 seconds,
// certificates verified. It checks nothing else, counts nothing and logs nothing.
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { listen, options } from './ready.mjs';

const pool = new Pool(options.origin, {
  connections: 1_024,
  pipelining: 1,
  allowH2: false,
  keepAliveTimeout: 55_000,
  keepAliveMaxTimeout: 55_000,
  headersTimeout: 0,
  bodyTimeout: 0,
  connect: { timeout: 10_000, keepAlive: true },
});
const HEADERS = { 'content-type': 'application/json' };
const PATH = '/chat/send?access_token=bench-token-0123456789';

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => void forward(Buffer.concat(chunks), response));
});
server.keepAliveTimeout = 65_000;
listen(server);

async function forward(body, response) {
  try {
    const answer = await pool.request({ path: PATH, method: 'POST', headers: HEADERS, body });
    const { errcode, messageId } = JSON.parse(await answer.body.text());
    reply(response, errcode === 0 ? 200 : 422, { ok: errcode === 0 ? 1 : 0, data: messageId });
  } catch (error) {
    reply(response, 502, { ok: 0, msg: error.message });
  }
}

function reply(response, status, value) {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
