// CPU time per request of the gateway's synchronous road against a raw forwarder, interleaved in one run.
// Usage: node bench/hot-path.mjs [rounds] [seconds] [connections]; needs wrk on PATH and a built dist/.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [rounds = 3, seconds = 4, connections = 32] = process.argv.slice(2).map(Number);
const BODY = JSON.stringify({ chatid: 'chat0123456789', msg: { msgtype: 'text', text: { content: 'hello world' } } });
const folder = mkdtempSync(join(tmpdir(), 'message-center-bench-'));
const children = [];

const upstream = await start('upstream', ['bench/upstream.mjs'], {}, firstLine);
const origin = `http://127.0.0.1:${upstream.port}`;
const forwarder = await start('raw forwarder', ['bench/forwarder.mjs', origin], {}, firstLine);
const gateway = await start('gateway', ['dist/main.js', 'serve'], gatewayEnvironment(origin), listeningLine);
const contenders = [
  { ...forwarder, path: '/' },
  { ...gateway, path: '/v1/dd/chat/send' },
];

try {
  for (const contender of contenders) load(contender, 2);
  const results = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      results.get(contender.name).push(measure(contender));
    }
  }
  report(results);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

function measure(contender) {
  const before = cpuMicroseconds(contender.pid);
  const { requests, p50, p99, errors } = load(contender, seconds);
  return {
    cpu: (cpuMicroseconds(contender.pid) - before) / requests,
    rate: requests / seconds,
    p50,
    p99,
    errors,
    rss: residentBytes(contender.pid) / 1e6,
  };
}

function load({ port, path }, duration) {
  const script = join(folder, 'post.lua');
  writeFileSync(
    script,
    `wrk.method="POST"\nwrk.headers["Content-Type"]="application/json"\nwrk.body=${JSON.stringify(BODY)}\n` +
      'done=function(s,l) io.write(string.format("RESULT %d %d %d %d\\n", s.requests, l:percentile(50), l:percentile(99), s.errors.status+s.errors.connect+s.errors.read+s.errors.timeout)) end\n',
  );
  const text = execFileSync(
    'wrk',
    ['-t1', `-c${connections}`, `-d${duration}s`, '-s', script, `http://127.0.0.1:${port}${path}`],
    {
      encoding: 'utf8',
    },
  );
  const [, requests, p50, p99, errors] = /RESULT (\d+) (\d+) (\d+) (\d+)/.exec(text).map(Number);
  return { requests, p50: p50 / 1_000, p99: p99 / 1_000, errors };
}

function report(results) {
  const [yardstick] = [...results.values()];
  for (const [name, rows] of results) {
    const line = ['cpu', 'rate', 'p50', 'p99', 'rss', 'errors'].map(
      (key) => `${key} ${median(rows, key).toFixed(key === 'errors' ? 0 : 1)}`,
    );
    const ratio = median(rows, 'cpu') / median(yardstick, 'cpu');
    process.stdout.write(
      `${name.padEnd(14)} ${line.join('  ')}  cpu ratio ${ratio.toFixed(2)}  rate ratio ${(median(rows, 'rate') / median(yardstick, 'rate')).toFixed(2)}\n`,
    );
  }
}

function median(rows, key) {
  const sorted = rows.map((row) => row[key]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** User and system time of a process and its threads. */
function cpuMicroseconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function residentBytes(pid) {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096;
}

function gatewayEnvironment(platform) {
  return {
    PORT: '0',
    LOG_LEVEL: 'info',
    MSG_DD_APP_KEY: 'bench-app-key',
    MSG_DD_APP_SECRET: 'bench-app-secret',
    MSG_DD_AGENT_ID: '1',
    MSG_DD_BASE_URL: platform,
    MSG__LIMITS__CALLER__REQUESTS: '100000000',
  };
}

async function start(name, args, env, read) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const port = await read(child);
  child.stdout.resume();
  return { name, pid: child.pid, port };
}

function firstLine(child) {
  return new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(Number(String(chunk).trim()))));
}

function listeningLine(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const port = /"url":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(text)?.[1];
      if (port) resolve(Number(port));
    });
    child.on('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
  });
}
