// Bare Bull: a worker that does nothing with its jobs, or sends each of them when it is told where.
import Queue from 'bull';
import { platform } from './platform.mjs';
import { options, ready } from './ready.mjs';
import { tally } from './tally.mjs';

const queue = new Queue('bench', options.redis);
await queue.isReady();
const post = options.origin && platform(options.origin);

ready({}, { drain });

/** Takes all jobs; see {@link tally}. */
function drain({ atOnce, warm, counted }) {
  return new Promise((resolve) => {
    const done = tally(warm, counted);
    void queue.process(atOnce, async ({ data }) => {
      if (post) await post(JSON.stringify(data));
      const result = done();
      if (result) resolve(result);
    });
  });
}
