// Cold start: from exec to the first answered /heartbeat.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { SERVE } from '../lib/contenders.mjs';
import { ALL_CORES, residentBytes } from '../lib/machine.mjs';
import { end, folder, launch } from '../lib/processes.mjs';
import { figure } from '../lib/report.mjs';
import { median, number, spread } from '../lib/stats.mjs';

const app = { appKey: 'bench', appSecret: 'bench-secret', agentId: 1 };
/** No platform is called: the port of nobody. */
const production = {
  server: { port: 0 },
  providers: { dingtalk: { baseUrl: 'http://127.0.0.1:9', apps: { default: app } } },
};

export async function startup({ quick }) {
  const config = join(folder, 'startup.json');
  writeFileSync(config, JSON.stringify(production));
  const ways = [
    { name: 'node -e 0', args: ['-e', '0'], env: {} },
    { name: 'production', args: [...SERVE, '-c', config], env: { NODE_ENV: 'production' } },
    { name: 'sandbox', args: [...SERVE, '--sandbox', '--port', '0'], env: {} },
  ].map((way) => ({ ...way, starts: [] }));
  for (let nth = 0; nth < (quick ? 3 : 10); nth += 1) for (const way of ways) way.starts.push(await start(way));
  const [, served, sandbox] = ways.map(({ starts }) => starts.map(({ milliseconds }) => milliseconds / 1_000));
  return {
    figures: [
      figure('exec to answering, production', median(served), { atMost: 1.2, unit: ' s' }, spread(served, 2)),
      figure('exec to answering, sandbox', median(sandbox), { atMost: 2, unit: ' s' }, spread(sandbox, 2)),
    ],
    tables: [
      {
        title: 'Milliseconds from exec to the first answered /heartbeat',
        columns: ['start', 'best', 'median', 'worst', 'resident then, MB'],
        rows: ways.map(({ name, starts }) => {
          const times = starts.map(({ milliseconds }) => milliseconds);
          const memory = starts.map(({ megabytes }) => megabytes);
          return [
            name,
            ...[Math.min(...times), median(times), Math.max(...times), median(memory)].map((n) => number(n, 0)),
          ];
        }),
      },
    ],
  };
}

async function start({ args, env }) {
  const started = performance.now();
  const child = launch('node', args, { cores: ALL_CORES, env });
  if (args[0] === '-e') {
    await once(child, 'exit');
    return { milliseconds: performance.now() - started, megabytes: Number.NaN };
  }
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    const url = /"url":"(http:[^"]+)"[^\n]*"msg":"listening"/.exec(text)?.[1];
    if (!url) continue;
    const status = await heartbeat(`${url}/heartbeat`);
    const milliseconds = performance.now() - started;
    const megabytes = residentBytes(child.pid) / 1e6;
    await end(child);
    if (status !== 200) throw new Error(`/heartbeat answers ${status}`);
    return { milliseconds, megabytes };
  }
  throw new Error(`it ended instead of listening:\n${text}`);
}

function heartbeat(url) {
  return new Promise((resolve, reject) => {
    get(url, (response) => resolve(response.resume().statusCode)).once('error', reject);
  });
}
