/** Scripts that a caller's request runs: accept, cancel, replay. */

/**
 * ARGV: grace of the first wake-up, "1" if a write must follow in any case; then of each delivery "id delay ttl park app",
 * meta, body. Answers for each whether it was written, or the state of the one that was there already.
 */
export const ACCEPT = `
local grace, confirms = ARGV[1], ARGV[2] == '1'
local texts, apps, known_apps = { 'MSET' }, { 'SADD', '{mc}:apps' }, {}

local function accept(order, meta, body)
  local id, delay, ttl, park, app = string.match(order, '^(%S+) (%d+) (%d+) (%d) (.*)$')
  local key = '{mc}:delivery:' .. id
  local stored = redis.call('HGET', key, 'state')
  if stored then
    -- Something to wait for: replicas and disk confirm only what this connection has written.
    if confirms then redis.call('HSET', key, 'state', stored) end
    return { 'known', stored }
  end
  local due, wake, state = now_text, now + grace, 'accepted'
  if delay ~= '0' then
    wake, state = now + delay, 'scheduled'
    due = text(wake)
  end
  redis.call('HSET', key, 'state', state, 'app', app, 'attempt', '0', 'counted', '0', 'crashes', '0', 'acceptedAt',
    now_text, 'dueAt', due, 'expiresAt', text(due + ttl), 'nextAt', due, 'duplicate', '0', 'unknown', '0', 'park', park)
  redis.call('ZADD', '{mc}:index:' .. app .. ':' .. state, now_text, id)
  local last = #texts
  texts[last + 1], texts[last + 2], texts[last + 3], texts[last + 4] = '{mc}:meta:' .. id, meta, '{mc}:body:' .. id, body
  if not known_apps[app] then
    known_apps[app] = true
    apps[#apps + 1] = app
  end
  add('{mc}:due', text(wake), id)
  if state ~= 'accepted' then add('{mc}:waiting', due, id) end
  return { 'written' }
end

local answers = each(3, #ARGV, 3, accept)
write_gathered()
if #texts > 1 then
  redis.call(unpack(texts))
  redis.call(unpack(apps))
end
return answers
`;

/** ARGV: id, op, retention of record and body, who is told. */
export const CANCEL = `
local id, op = ARGV[1], ARGV[2]
local record = fetch(id)
if not record then return false end
-- The same command once more, maybe long after: other operations may have come since.
if record.cancelOp == op then return { 1, whole(id) } end
if not WAITING[record.state] then return { 0, whole(id) } end
conclude(id, record, 'cancelled', { ARGV[3], ARGV[4], ARGV[5] }, { 'nextAt', '', 'pacedBy', '', 'op', op, 'cancelOp', op })
write_gathered()
return { 1, whole(id) }
`;

/** ARGV: id, op, force, ttl, grace of the first wake-up. */
export const REPLAY = `
local id, op = ARGV[1], ARGV[2]
local record = fetch(id)
if not record then return false end
if record.replayOp == op then return { 1, whole(id) } end
local before = record.state
local allowed = REPLAYABLE[before] or (ARGV[3] == '1' and before ~= 'sending' and not WAITING[before])
if not allowed or redis.call('EXISTS', '{mc}:body:' .. id) == 0 then return { 0, whole(id) } end
redis.call('ZREM', '{mc}:retention', before .. ' ' .. id .. ' ' .. record.app)
move(id, record, 'queued')
list_noted(id, record)
local again = record.duplicate == '1' or record.unknown == '1' or before == 'sent' or before == 'partial'
redis.call('HSET', '{mc}:delivery:' .. id, 'state', 'queued', 'counted', 0, 'crashes', 0, 'dueAt', now,
  'expiresAt', now + ARGV[4], 'nextAt', now, 'finishedAt', '', 'ended', '', 'op', op, 'replayOp', op, 'duplicate', again and 1 or 0)
redis.call('DEL', '{mc}:outcome:' .. id)
for _, kind in ipairs({ 'delivery:', 'meta:', 'attempts:', 'body:' }) do
  redis.call('PERSIST', '{mc}:' .. kind .. id)
end
redis.call('ZADD', '{mc}:due', now + ARGV[5], id)
redis.call('ZADD', '{mc}:waiting', now, id)
return { 1, whole(id) }
`;
