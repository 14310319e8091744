// The ceiling of draining: sends messages that it has in memory, so many at once, and does nothing else.
import { platform } from './platform.mjs';
import { options, ready } from './ready.mjs';
import { tally } from './tally.mjs';

const post = platform(options.origin);

ready({}, { send });

async function send({ atOnce, warm, counted, body }) {
  const done = tally(warm, counted);
  let begun = 0;
  let result;
  const one = async () => {
    while (begun < warm + counted) {
      begun += 1;
      await post(body);
      result = done();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return result;
}
