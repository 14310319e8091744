// Bare Bull: a worker that does nothing with its jobs.
import Queue from 'bull';
import { options, ready } from './ready.mjs';

const queue = new Queue('bench', options.redis);
await queue.isReady();

ready({}, { drain });

/** Takes all jobs; the time runs from the first to the last. */
function drain({ atOnce, jobs }) {
  return new Promise((resolve) => {
    let done = 0;
    let first;
    void queue.process(atOnce, async () => {
      first ??= performance.now();
      done += 1;
      if (done === jobs) resolve({ rate: (jobs / (performance.now() - first)) * 1_000 });
    });
  });
}
