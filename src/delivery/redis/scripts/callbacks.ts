/** Scripts of the outbox: outcome events that wait to be told. They are written by the script that ends a delivery. */

/** ARGV: how many, milliseconds for which others do not see them. */
export const CALLBACK_TAKE = `
local events = redis.call('ZRANGEBYSCORE', '{mc}:callbacks', '-inf', now, 'LIMIT', 0, ARGV[1])
local found = {}
for _, event in ipairs(events) do
  redis.call('ZADD', '{mc}:callbacks', now + ARGV[2], event)
  found[#found + 1] = redis.call('HGET', '{mc}:callbacks:bodies', event) or ''
end
return found
`;

/** ARGV: id, event (JSON), milliseconds until it is told again. Nothing comes back that was removed. */
export const CALLBACK_POSTPONE = `
if redis.call('HEXISTS', '{mc}:callbacks:bodies', ARGV[1]) == 0 then return 0 end
redis.call('HSET', '{mc}:callbacks:bodies', ARGV[1], ARGV[2])
redis.call('ZADD', '{mc}:callbacks', now + ARGV[3], ARGV[1])
return 1
`;

/** ARGV: id. */
export const CALLBACK_REMOVE = `
redis.call('ZREM', '{mc}:callbacks', ARGV[1])
return redis.call('HDEL', '{mc}:callbacks:bodies', ARGV[1])
`;
