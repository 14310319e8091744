// Our own load for the asynchronous road: numbered messages, so many at once or so many per second.
import { Pool } from 'undici';
import { numbered } from './bodies.mjs';
import { sleep } from './processes.mjs';

/** Names of further apps of a gateway; messages go to them in turns. */
export function appNames(count) {
  return Array.from({ length: count }, (_, index) => `app${index + 1}`);
}

/** Accepts a number of messages, so many at once; fails when one is not accepted. */
export async function acceptMany(gateway, { count, atOnce, apps }) {
  const post = poster(gateway, apps);
  let begun = 0;
  const one = async () => {
    while (begun < count) {
      begun += 1;
      await post(begun);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  await post.close();
}

/**
 * Sends so many requests per second for some seconds, whether answers come or not. Times count from when a request was
 * due, so a stall delays all that were due during it.
 * @returns of each message when it was due and when it was accepted, epoch milliseconds; undefined when it was not
 */
export async function acceptAtRate(gateway, { perSecond, seconds, apps }) {
  const post = poster(gateway, apps);
  const count = perSecond * seconds;
  const messages = Array.from({ length: count }, () => ({ due: 0, accepted: undefined }));
  const waiting = [];
  const start = epoch() + 50;
  for (let next = 0; next < count;) {
    const due = Math.min(count, Math.floor(((epoch() - start) / 1_000) * perSecond) + 1);
    for (; next < due; next += 1) {
      const message = messages[next];
      message.due = start + (next / perSecond) * 1_000;
      waiting.push(post(next).then(() => (message.accepted = epoch()), forgiveRefusal));
    }
    await sleep(1);
  }
  await Promise.all(waiting);
  await post.close();
  return messages;
}

class NotAccepted extends Error {
  name = 'NotAccepted';
}

export function epoch() {
  return performance.timeOrigin + performance.now();
}

/** A refusal is a result, which whoever asked counts; anything else is a mistake of the benchmark. */
function forgiveRefusal(error) {
  if (!(error instanceof NotAccepted)) throw error;
}

function poster({ url, headers }, apps) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 256, pipelining: 1 });
  const common = { 'content-type': 'application/json', prefer: 'respond-async', ...headers };
  const post = async (sequence) => {
    const app = apps.length === 0 ? {} : { 'x-app': apps[sequence % apps.length] };
    const answer = await pool.request({
      path: pathname,
      method: 'POST',
      headers: { ...common, ...app },
      body: numbered(sequence),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 202) throw new NotAccepted(`${answer.statusCode} ${text}`);
  };
  return Object.assign(post, { close: () => pool.close() });
}
