// Bare Bull behind a raw node:http server: reads a body, adds it as a job, answers 202. No check, no log, no record.
import { createServer } from 'node:http';
import Queue from 'bull';
import { listen, options } from './ready.mjs';

const queue = new Queue('bench', options.redis);
await queue.isReady();
const JOB = { removeOnComplete: true, removeOnFail: true };

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => void add(Buffer.concat(chunks), response));
});
server.keepAliveTimeout = 65_000;
listen(server);

async function add(body, response) {
  const { id } = await queue.add(JSON.parse(body.toString()), JOB);
  const text = JSON.stringify({ ok: 1, data: { id } });
  response.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
