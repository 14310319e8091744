import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { MemoryWakeQueue } from '../../src/delivery/queue/memory-wake-queue.js';

it('no more at once than there is room for; who makes room lets one other begin, and is still waited for', async () => {
  const queue = new MemoryWakeQueue();
  for (const id of ['a', 'b', 'c', 'd']) await queue.wake(id);
  const begun: string[] = [];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  await queue.work(2, (id, makeRoom) => {
    begun.push(id);
    if (id === 'a') for (let i = 0; i < 3; i += 1) makeRoom();
    return ended;
  });
  await sleep(10);
  expect(begun).toEqual(['a', 'b', 'c']);
  let closed = false;
  const closing = queue.close().then(() => (closed = true));
  await sleep(10);
  expect([begun.length, closed]).toEqual([3, false]);
  end();
  await closing;
  expect(begun).toHaveLength(3);
});

it('whoever is done makes room', async () => {
  const queue = new MemoryWakeQueue();
  const begun: string[] = [];
  for (const id of ['a', 'b', 'c']) await queue.wake(id);
  await queue.work(1, async (id) => void begun.push(id));
  await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
});
