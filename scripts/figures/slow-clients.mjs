// node scripts/figures/slow-clients.mjs [sockets]   (after npm run build)
// p99 of normal requests without and beside clients that send half a request, and when those are closed.
import { load } from './load.mjs';

const [sockets = 500] = process.argv.slice(2).map(Number);
const { slowClients } = await load('/test/support/slow-clients.ts');
const { p99Without, p99With, headsClosed, bodiesClosed } = await slowClients({
  sockets,
  requests: 1_500,
  perSecond: 300,
});
process.stdout.write(
  `${sockets} half-open sockets: p99 ${p99Without.toFixed(1)} ms without, ${p99With.toFixed(1)} ms beside them ` +
    `(${(p99With / p99Without).toFixed(2)} ×); closed after ${headsClosed.toFixed(1)} s (half a head), ${bodiesClosed.toFixed(1)} s (half a body)\n`,
);
process.exit(0);
