import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../support/redis.js';

/** Stands in front of Redis, and can break a connection just when the reply to a command comes. */
export interface ReplyCutter {
  readonly url: string;
  readonly cuts: number;
  /** The next reply is dropped, and its connection ends. */
  cutNextReply(): void;
  close(): Promise<void>;
}

export async function startReplyCutter(redisPort: number): Promise<ReplyCutter> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let armed = false;
  let cuts = 0;
  const server = createServer((inner) => {
    const outer = connect(redisPort, '127.0.0.1');
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        inner.destroy();
        outer.destroy();
      });
    }
    inner.pipe(outer);
    outer.on('data', (data) => {
      if (armed) {
        armed = false;
        cuts += 1;
        inner.destroy();
      } else {
        inner.write(data);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${port}/0`,
    get cuts() {
      return cuts;
    },
    cutNextReply: () => {
      armed = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
