import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { DEFAULT_PID_FILE, PidFile } from './daemon-pid-file.js';
import { CommandError, guarded } from './guarded.js';
import { print } from './output.js';

/** What a daemon gets beyond its own deadline, milliseconds: 2 s for its primary, and some for the machine. */
const GRACE_MS = 5_000;
/** Assumed of a daemon that has not said its own, milliseconds. */
const SHUTDOWN_MS = 25_000;
const POLL_MS = 50;
/** Longest wait for the answer of a probe, milliseconds. */
const PROBE_MS = 3_000;
/** Exit code of `status` for a service that does not run, as the Linux Standard Base has it. */
const NOT_RUNNING = 3;

interface PidFileOption {
  readonly pidFile: string;
}

/** `stop`: ends a daemon in order. */
export function stopCommand(): Command {
  return new Command('stop')
    .description('end the gateway that `serve --daemon` started; requests in flight are finished')
    .option('--pid-file <file>', 'the one it was started with', DEFAULT_PID_FILE)
    .action(({ pidFile }: PidFileOption) => guarded(() => stop(PidFile.at(pidFile))));
}

/** `status`: does the daemon run, and is it ready? */
export function statusCommand(): Command {
  return new Command('status')
    .description(
      `say whether the gateway that \`serve --daemon\` started runs; exit code ${NOT_RUNNING} when it does not`,
    )
    .option('--pid-file <file>', 'the one it was started with', DEFAULT_PID_FILE)
    .action(({ pidFile }: PidFileOption) => guarded(() => status(PidFile.at(pidFile))));
}

async function stop(pidFile: PidFile): Promise<void> {
  const pid = pidFile.owner;
  if (pid === undefined) {
    print('stopped already: no gateway runs');
    return;
  }
  const patience = (pidFile.description?.shutdownTimeoutMs ?? SHUTDOWN_MS) + GRACE_MS;
  const started = performance.now();
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM')
      throw new CommandError(`pid ${pid} belongs to another user: use that account, or root`);
  }
  while (pidFile.owner === pid) {
    if (performance.now() - started > patience)
      throw new CommandError(`pid ${pid} still runs after ${seconds(patience)}; kill -9 ${pid} would end it`);
    await sleep(POLL_MS);
  }
  print(`stopped: pid ${pid}, after ${seconds(performance.now() - started)}`);
}

async function status(pidFile: PidFile): Promise<void> {
  const pid = pidFile.owner;
  if (pid === undefined) {
    print('stopped');
    process.exitCode = NOT_RUNNING;
    return;
  }
  const described = pidFile.description;
  if (!described) {
    print(`running: pid ${pid}, starting`);
    return;
  }
  const up = upTime(Date.now() - Date.parse(described.startedAt));
  print(`running: pid ${pid}, up ${up}, ${described.url}, ${await readiness(described.url)}`);
}

/** What the readiness probe says, in words. */
async function readiness(url: string): Promise<string> {
  const { status: code, body } = await probe(loopback(url));
  if (code === undefined) return 'not ready: no answer';
  const { gateway = {} } = (body?.details ?? {}) as { gateway?: { reason?: string; degraded?: readonly string[] } };
  if (code !== 200) return `not ready${gateway.reason === undefined ? '' : `: ${gateway.reason}`}`;
  const { degraded = [] } = gateway;
  return degraded.length === 0 ? 'ready' : `ready, without ${degraded.join(', ')}`;
}

/** An address that means every interface is asked on this machine. */
function loopback(url: string): string {
  return `${url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')}/health/ready`;
}

function probe(url: string): Promise<{ status?: number; body?: { details?: unknown } }> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: PROBE_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, ...parsed(text) }));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve({}));
  });
}

function parsed(text: string): { body?: { details?: unknown } } {
  try {
    return { body: JSON.parse(text) as { details?: unknown } };
  } catch {
    return {};
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** `3d 4h`, `4h 12m`, `12m 5s`: the two largest units. */
function upTime(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1_000));
  const parts = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3_600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'm'],
    [total % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return (first === -1 ? parts.slice(-1) : parts.slice(first, first + 2))
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}
