// A Redis of the benchmark's own, on a free port; AOF with everysec where deliveries are accepted.
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { OTHER_CORES } from './machine.mjs';
import { end, folder, launch, until } from './processes.mjs';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--auto-aof-rewrite-percentage', '0'];

/** Starts redis-server; `aof` keeps deliveries as an operator would. */
export async function startRedis({ aof = false } = {}) {
  const port = await freePort();
  const dir = join(folder, `redis-${port}`);
  mkdirSync(dir);
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--loglevel', 'warning'];
  const child = launch('redis-server', [...args, ...(aof ? AOF : [])], { cores: OTHER_CORES });
  child.stdout.resume();
  const url = `redis://127.0.0.1:${port}/0`;
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  await until('Redis', async () => ((await client.ping()) === 'PONG' ? true : undefined));
  return {
    url,
    pid: child.pid,
    client,
    /** Memory that data and their index take, bytes. */
    usedBytes: async () => Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))[1]),
    /** Scripts run so far. */
    scriptCalls: async () => Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await client.info('commandstats'))?.[1] ?? 0),
    end: async () => {
      client.disconnect();
      await end(child);
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
