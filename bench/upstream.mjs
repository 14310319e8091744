// A platform that answers at once, for benchmarks only: static JSON over keep-alive connections.
import { createServer } from 'node:http';

const TOKEN = JSON.stringify({ errcode: 0, errmsg: 'ok', access_token: 'bench-token-0123456789', expires_in: 7200 });
const SENT = JSON.stringify({ errcode: 0, errmsg: 'ok', messageId: 'msg0123456789abcdef' });

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const body = request.url.startsWith('/gettoken') ? TOKEN : SENT;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
