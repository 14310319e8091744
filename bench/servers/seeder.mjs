// Fills Redis with delivered messages through the store's own accept, begin and finish, as api and worker call them.
import 'reflect-metadata';
import { Redis } from 'ioredis';
import { options, ready } from './ready.mjs';

const built = (path) => import(new URL(`../../build/${path}`, import.meta.url).href);
const { RedisDeliveryStore } = await built('delivery/redis/redis-delivery-store.js');
const { newDeliveryId } = await built('idempotency/idempotency.guard.js');
const { oldApiPost } = await built('providers/dingtalk/operations/old-api.js');

/** As in delivery.module.ts. */
const RETENTION = { recordMs: 7 * 86_400_000, bodyMs: 86_400_000 };
const TTL_MS = 12_000_000;
const AT_ONCE = 200;
/** A window like the platform's own, but so wide that nothing waits. */
const ROOMY = { count: 1_000_000, seconds: 1, weight: 1 };
const SENT = {
  state: 'sent',
  counted: true,
  outcomeUnknown: false,
  attempt: { result: 'sent' },
  result: 'msg0123456789abcdef',
  receipt: 'msg0123456789abcdef',
};

const client = new Redis(options.redis, { commandTimeout: 60_000 });
const store = new RedisDeliveryStore({ client }, { retention: RETENTION });

ready({}, { seed });

async function seed({ count, apps }) {
  let begun = 0;
  const one = async () => {
    while (begun < count) {
      begun += 1;
      await deliver(apps[begun % apps.length], begun);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return {};
}

async function deliver(app, sequence) {
  const text = { content: `<${sequence}> disk /data is 93 % full` };
  const body = { chatid: `chat${String(sequence % 1_000).padStart(12, '0')}`, msg: { msgtype: 'text', text } };
  const { id } = await store.accept({
    id: newDeliveryId(),
    provider: 'dingtalk',
    app,
    operation: 'chat.send',
    owner: 'key:bench',
    requestId: '01234567-89ab-cdef-0123-456789abcdef',
    delayMs: 0,
    ttlMs: TTL_MS,
    onUnknown: 'resend',
    repeatable: false,
    request: oldApiPost('/chat/send', body),
    windows: [{ ...ROOMY, key: `dingtalk/${app}/chat.send/app-api-second` }],
  });
  const { attempt } = await store.begin(id, 'bench-host:12345', 15_000);
  await store.finish(id, attempt, SENT);
}
