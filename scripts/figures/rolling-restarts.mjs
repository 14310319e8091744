// node scripts/figures/rolling-restarts.mjs [restarts] [requests per second]   (after npm run build)
// Two instances behind a balancer that follows /health/ready, restarted one after the other while a client sends.
import { load } from './load.mjs';

const [restarts = 20, perSecond = 200] = process.argv.slice(2).map(Number);
const { rollingRestarts } = await load('/test/support/rolling-restarts.ts');
const { requests, statuses, exits, messages, seconds, complaints } = await rollingRestarts({ restarts, perSecond });
const lost = requests - (statuses[200] ?? 0);
process.stdout.write(
  `${restarts} restarts at ${perSecond}/s in ${seconds} s: ${requests} requests, ${lost} non-2xx, ` +
    `${messages} messages seen, exit codes ${[...new Set(exits)].join()}\n${complaints.map((line) => `  ${line}\n`).join('')}`,
);
process.exit(lost === 0 ? 0 : 1);
