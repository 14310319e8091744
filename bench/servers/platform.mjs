// How the plain programs of the benchmark send a message to the platform: with undici, and nothing else. The forwarder
// has connection settings of its own, those of the gateway.
import { Pool } from 'undici';

const HEADERS = { 'content-type': 'application/json' };
const PATH = '/chat/send?access_token=bench-token-0123456789';

/** @returns a function that sends one body and reads the answer */
export function platform(origin) {
  const pool = new Pool(origin, { connections: 1_024, pipelining: 1, keepAliveTimeout: 55_000 });
  return async (body) => {
    const answer = await pool.request({ path: PATH, method: 'POST', headers: HEADERS, body });
    JSON.parse(await answer.body.text());
  };
}
