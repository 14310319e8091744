// The yardstick: a raw node:http server that forwards a body with undici and gives the answer back.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2], { connections: 1024, pipelining: 1, keepAliveTimeout: 55_000 });
const HEADERS = { 'content-type': 'application/json' };

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const body = Buffer.concat(chunks);
    const answer = await pool.request({
      path: '/chat/send?access_token=bench',
      method: 'POST',
      headers: HEADERS,
      body,
    });
    const text = await answer.body.text();
    JSON.parse(text);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
