// The ceiling of draining: sends messages that it has in memory, so many at once, and does nothing else.
import { Pool } from 'undici';
import { options, ready } from './ready.mjs';

const pool = new Pool(options.origin, { connections: 1_024, pipelining: 1, keepAliveTimeout: 55_000 });
const HEADERS = { 'content-type': 'application/json' };
const PATH = '/chat/send?access_token=bench-token-0123456789';

ready({}, { send });

async function send({ atOnce, jobs, body }) {
  const started = performance.now();
  let begun = 0;
  const one = async () => {
    while (begun < jobs) {
      begun += 1;
      const answer = await pool.request({ path: PATH, method: 'POST', headers: HEADERS, body });
      JSON.parse(await answer.body.text());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { rate: (jobs / (performance.now() - started)) * 1_000 };
}
