// Ten uploads of 20 MB at once: how much memory does each take beyond what the gateway had?
import { startGateway, startUpstream } from '../lib/contenders.mjs';
import { burst } from '../lib/burst.mjs';
import { forgetPeak, peakBytes, residentBytes } from '../lib/machine.mjs';
import { sleep } from '../lib/processes.mjs';
import { figure } from '../lib/report.mjs';
import { number } from '../lib/stats.mjs';

/** The most the platform takes, and the gateway by default. */
const FILE_BYTES = 20 * 1024 * 1024;
const AT_ONCE = 10;
const BOUNDARY = 'bench-boundary-0123456789';

export async function upload({ quick }) {
  const upstream = await startUpstream();
  const gateway = await startGateway('gateway', upstream);
  const form = multipart(Buffer.alloc(FILE_BYTES, 'zip'));
  const headers = {
    ...gateway.headers,
    'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    'content-length': form.length,
  };
  const rows = [];
  let worst = 0;
  for (let round = 1; round <= (quick ? 2 : 5); round += 1) {
    const before = residentBytes(gateway.pid);
    forgetPeak(gateway.pid);
    const answers = await burst(AT_ONCE, { url: `${gateway.origin}/v1/dd/media/upload`, headers, body: form });
    const failed = answers.filter(({ status }) => status !== 200);
    if (failed.length > 0) throw new Error(`uploads are answered ${failed.map(({ status }) => status).join(', ')}`);
    const peak = peakBytes(gateway.pid);
    const each = (peak - before) / AT_ONCE / FILE_BYTES;
    worst = Math.max(worst, each);
    const last = Math.max(...answers.map(({ milliseconds }) => milliseconds));
    await sleep(2_000);
    const after = residentBytes(gateway.pid);
    rows.push([
      round,
      ...[before, peak, after].map((bytes) => number(bytes / 1e6, 0)),
      number(each, 2),
      number(last, 0),
    ]);
  }
  await Promise.all([gateway.end(), upstream.end()]);
  return {
    figures: [
      figure(
        'extra memory of each of 10 uploads at once, worst round',
        worst,
        { atMost: 3, unit: ' × file size' },
        number(worst, 2),
      ),
    ],
    tables: [
      {
        title: '10 × 20 MB at once, HTTP upstream',
        columns: ['round', 'before MB', 'peak MB', '2 s later MB', 'extra each, × file', 'last answered, ms'],
        rows,
      },
    ],
  };
}

function multipart(file) {
  const head =
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="type"\r\n\r\nfile\r\n` +
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="media"; filename="report.zip"\r\n` +
    'content-type: application/zip\r\n\r\n';
  return Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}
