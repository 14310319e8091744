// Opens the connections of a contender before it is measured, and ends without leaving a request unanswered: the
// gateway gives up what a caller no longer waits for, and closes that connection to the platform. wrk leaves like that.
import { Pool } from 'undici';
import { bodies } from './bodies.mjs';

/** So many requests at once, for so long; each waits for its answer. */
export async function warm({ url, headers }, { connections, seconds }) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const until = performance.now() + seconds * 1_000;
  let sent = 0;
  const one = async () => {
    while (performance.now() < until) {
      const body = bodies[(sent += 1) % bodies.length];
      const all = { 'content-type': 'application/json', ...headers };
      const answer = await pool.request({ path: pathname, method: 'POST', headers: all, body });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  await pool.close();
}
