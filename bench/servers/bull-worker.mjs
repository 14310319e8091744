// Bare Bull: a worker that does nothing with its jobs, or sends each of them when it is told where.
import Queue from 'bull';
import { platform } from './platform.mjs';
import { options, ready } from './ready.mjs';

const queue = new Queue('bench', options.redis);
await queue.isReady();
const post = options.origin && platform(options.origin);

ready({}, { drain });

/** Takes all jobs; the time runs from the first to the last. */
function drain({ atOnce, jobs }) {
  return new Promise((resolve) => {
    let done = 0;
    let first;
    void queue.process(atOnce, async ({ data }) => {
      first ??= performance.now();
      if (post) await post(JSON.stringify(data));
      done += 1;
      if (done === jobs) resolve({ rate: (jobs / (performance.now() - first)) * 1_000 });
    });
  });
}
