import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A redis-server of a test's own, on a free port, in an empty folder. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Ends the process as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Stops it from answering while its connections stay open (SIGSTOP), and lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Every key with its value, as text. */
  dump(): string;
  /** Forgets everything. */
  flush(): void;
  close(): Promise<void>;
}

/**
 * Starts a real redis-server; it was found or installed by test/support/global-setup.ts.
 * @param onPort any free one by default
 * @param program another server that speaks its protocol
 */
export async function startRedis(
  args: readonly string[] = [],
  onPort?: number,
  program = 'redis-server',
): Promise<TestRedis> {
  const port = onPort ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'message-center-redis-'));
  let child = await launch(program, port, folder, args);
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      child = await launch(program, port, folder, args);
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    dump: () => execFileSync('redis-cli', ['-p', String(port), '--raw', 'EVAL', DUMP, '0'], { encoding: 'utf8' }),
    flush: () => void execFileSync('redis-cli', ['-p', String(port), 'FLUSHALL']),
    close: async () => {
      child.kill('SIGCONT');
      await end(child, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Reads every key, whatever its type. */
const DUMP = `
local reads = { string = {'GET'}, hash = {'HGETALL'}, list = {'LRANGE', 0, -1}, set = {'SMEMBERS'}, zset = {'ZRANGE', 0, -1} }
local lines = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local read = reads[redis.call('TYPE', key).ok]
  local value = redis.call(unpack({ read[1], key, read[2], read[3] }))
  lines[#lines + 1] = key .. ' = ' .. (type(value) == 'table' and cjson.encode(value) or value)
end
return table.concat(lines, '\\n')`;

async function launch(program: string, port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(
    program,
    // Worlds of one process count their databases through: there are more than 16.
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--databases', '500', ...args],
    {
      stdio: 'ignore',
    },
  );
  const giveUp = Date.now() + 5_000;
  while (Date.now() < giveUp) {
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`${program} did not start on port ${port}`);
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
    socket.once('error', () => done(false));
  });
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Is redis-server on PATH? */
export function hasRedis(): boolean {
  return versionOf('redis-server') !== undefined;
}

/** Version of a server on PATH, such as `7.0.15`; undefined where there is none. */
export function versionOf(program: string): string | undefined {
  try {
    return / v=(\S+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8', stdio: 'pipe' }))?.[1];
  } catch {
    return undefined;
  }
}
