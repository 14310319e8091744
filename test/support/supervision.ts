import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUILD = new URL('../../build/', import.meta.url).href;

/** A primary of the built program whose workers are a script of the test's. */
export interface Supervision {
  readonly pid: number;
  /** The log messages so far, with their fields. */
  readonly lines: readonly (Readonly<Record<string, unknown>> & { readonly msg: string })[];
  signal(name: NodeJS.Signals): void;
  /** What {@link Primary.run} resolved to. */
  readonly end: Promise<unknown>;
}

/**
 * Starts it in a process of its own, with short periods.
 * @param worker body of the worker's module; `beat()` and `listening()` tell the primary what real workers tell
 */
export function startSupervision(
  worker: string,
  options: { readonly workers: number; readonly shutdownTimeout: number; readonly hang: number },
): Supervision {
  const folder = mkdtempSync(join(tmpdir(), 'message-center-supervision-'));
  const workerFile = join(folder, 'worker.mjs');
  const primaryFile = join(folder, 'primary.mjs');
  writeFileSync(workerFile, `${WORKER}\n${worker}`);
  writeFileSync(primaryFile, PRIMARY);
  const settings = JSON.stringify({ ...options, workerFile });
  const child = spawn(process.execPath, [primaryFile, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: (Record<string, unknown> & { msg: string })[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) lines.push(JSON.parse(line) as Record<string, unknown> & { msg: string });
  });
  const end = new Promise<unknown>((resolve) => {
    child.once('close', () => {
      rmSync(folder, { recursive: true });
      resolve(lines.find(({ msg }) => msg === 'end')?.end);
    });
  });
  return { pid: child.pid ?? 0, lines, signal: (name) => void child.kill(name), end };
}

const WORKER = `
  const beat = () => process.send({ type: 'worker:alive' });
  const listening = () => process.send({ type: 'worker:listening', url: 'http://127.0.0.1:1' });
`;

const PRIMARY = `
  import cluster from 'node:cluster';
  import { Primary } from '${BUILD}cluster/primary.js';
  const { workers, shutdownTimeout, hang, workerFile } = JSON.parse(process.argv[2]);
  const say = (fields, msg) => process.stdout.write(JSON.stringify({ ...fields, msg }) + '\\n');
  cluster.setupPrimary({ exec: workerFile, args: [] });
  const primary = new Primary(cluster, {
    workers,
    logger: { info: say, warn: say, error: say },
    shutdownTimeout: () => shutdownTimeout,
    timings: { hang, start: 20_000, check: 100, grace: 100 },
  });
  process.on('SIGTERM', (signal) => primary.stop(signal));
  say({ end: await primary.run() }, 'end');
`;
