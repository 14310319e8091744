// Bare Bull: adds the messages in turn as jobs, so many at once, for so long or so many.
import Queue from 'bull';
import { options, ready } from './ready.mjs';

const queue = new Queue('bench', options.redis);
await queue.isReady();
const JOB = { removeOnComplete: true, removeOnFail: true };

ready({}, { add });

/** @returns jobs, milliseconds and the latencies' p50 and p99 */
async function add({ atOnce, seconds = Infinity, jobs = Infinity }) {
  const messages = options.bodies.map((body) => JSON.parse(body));
  const started = performance.now();
  const latencies = [];
  let begun = 0;
  const one = async () => {
    while (begun < jobs && performance.now() - started < seconds * 1_000) {
      begun += 1;
      const asked = performance.now();
      await queue.add(messages[begun % messages.length], JOB);
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const milliseconds = performance.now() - started;
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)];
  return { jobs: latencies.length, rate: (latencies.length / milliseconds) * 1_000, p50: at(0.5), p99: at(0.99) };
}
