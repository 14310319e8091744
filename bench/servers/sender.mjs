// The ceiling of draining: sends messages that it has in memory, so many at once, and does nothing else.
import { platform } from './platform.mjs';
import { options, ready } from './ready.mjs';

const post = platform(options.origin);

ready({}, { send });

async function send({ atOnce, jobs, body }) {
  const started = performance.now();
  let begun = 0;
  const one = async () => {
    while (begun < jobs) {
      begun += 1;
      await post(body);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { rate: (jobs / (performance.now() - started)) * 1_000 };
}
