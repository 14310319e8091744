// From idle to 1,000 requests at once: is one refused, and how many connections does the platform see?
import { burst as sendAtOnce } from '../lib/burst.mjs';
import { bodies } from '../lib/bodies.mjs';
import { startForwarder, startGateway, startUpstream } from '../lib/contenders.mjs';
import { figure } from '../lib/report.mjs';
import { number, quantile } from '../lib/stats.mjs';
import { sleep } from '../lib/processes.mjs';

const AT_ONCE = 1_000;
const IDLE_MS = 1_000;

export async function burst({ quick }) {
  const upstream = await startUpstream({ scheme: 'https' });
  const contenders = [await startForwarder(upstream), await startGateway('gateway', upstream)];
  const rows = [];
  let refused = 0;
  for (const contender of contenders) {
    for (let nth = 1; nth <= (quick ? 2 : 3); nth += 1) {
      await sleep(IDLE_MS);
      const before = (await upstream.ask({ question: 'counts' })).connections;
      const headers = { 'content-type': 'application/json', ...contender.headers };
      const answers = await sendAtOnce(AT_ONCE, { url: contender.url, headers, body: bodies[0] });
      const opened = (await upstream.ask({ question: 'counts' })).connections - before;
      const failed = answers.filter(({ status }) => status !== 200).length;
      if (contender.name === 'gateway') refused += failed;
      const times = answers.map(({ milliseconds }) => milliseconds);
      rows.push([
        contender.name,
        nth,
        AT_ONCE - failed,
        failed,
        number(quantile(times, 0.5), 0),
        number(Math.max(...times), 0),
        opened,
      ]);
    }
  }
  await Promise.all([...contenders, upstream].map((one) => one.end()));
  return {
    figures: [figure('refused or failed of 1,000 at once, HTTPS', refused, { atMost: 0 }, number(refused, 0))],
    tables: [
      {
        title: '1,000 connections with one request each, in the same instant',
        columns: ['who', 'burst', 'answered 200', 'failed', 'p50 ms', 'last ms', 'connections to the platform opened'],
        rows,
      },
    ],
  };
}
