// Bare Bull: a worker that does nothing with its jobs, or sends each of them with undici when it is told where.
import Queue from 'bull';
import { Pool } from 'undici';
import { options, ready } from './ready.mjs';

const queue = new Queue('bench', options.redis);
await queue.isReady();
const pool =
  options.origin && new Pool(options.origin, { connections: 1_024, pipelining: 1, keepAliveTimeout: 55_000 });
const HEADERS = { 'content-type': 'application/json' };
const PATH = '/chat/send?access_token=bench-token-0123456789';

ready({}, { drain });

/** Takes all jobs; the time runs from the first to the last. */
function drain({ atOnce, jobs }) {
  return new Promise((resolve) => {
    let done = 0;
    let first;
    void queue.process(atOnce, async ({ data }) => {
      first ??= performance.now();
      if (pool) await send(JSON.stringify(data));
      done += 1;
      if (done === jobs) resolve({ rate: (jobs / (performance.now() - first)) * 1_000 });
    });
  });
}

async function send(body) {
  const answer = await pool.request({ path: PATH, method: 'POST', headers: HEADERS, body });
  JSON.parse(await answer.body.text());
}
