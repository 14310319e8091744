/** Scripts that a worker runs: an attempt begins, an attempt ends. */

/**
 * ARGV: id, worker (JSON), lease, op, latest time to run or 0, "1" if nothing runs beside it, how long a suspect may wait
 * for that, retention of record and body, who is told.
 */
export const BEGIN = `
local id, worker, lease, op, latest = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local alone = ARGV[6] == '1'
-- Whoever asked has given up meanwhile: an attempt that begins now would look like one that crashed.
if latest > 0 and now > latest then return { 'late', now } end
local record = fetch(id)
if not record then return { 'nothing', now } end

local function over(state)
  conclude(id, record, state, op, { ARGV[8], ARGV[9], ARGV[10] })
  return { 'ended', now, whole(id) }
end

-- The same command once more, because the connection broke before its reply arrived.
if record.op == op then
  if record.state == 'sending' then return { 'send', now, whole(id), redis.call('GET', '{mc}:body:' .. id) } end
  if not WAITING[record.state] then return { 'ended', now, whole(id) } end
end

local crashed = record.state == 'sending'
if crashed then
  if tonumber(record.leaseUntil) > now then return { 'nothing', now } end
  note_attempt(id, record, '"result":"crashed"')
  -- Beside others it may have been one of them: that makes it a suspect, and counts no more than once.
  if record.suspect == '1' or record.crashes == '0' then record.crashes = string.format('%d', record.crashes + 1) end
  record.unknown, record.suspect = '1', '1'
  redis.call('HSET', '{mc}:delivery:' .. id, 'crashes', record.crashes, 'unknown', 1, 'suspect', 1)
  if tonumber(record.crashes) >= 3 then return over('quarantined') end
  if record.park == '1' then return over('unknown') end
elseif not WAITING[record.state] then
  return { 'nothing', now }
end
-- What may have arrived has not expired: nobody knows.
if now >= tonumber(record.expiresAt) then return over(record.unknown == '1' and 'unknown' or 'expired') end
if not crashed and (record.pacedBy or '') == '' and tonumber(record.nextAt) > now then
  return { 'wait', now, record.nextAt - now }
end
if record.suspect == '1' and not alone then
  if crashed then
    move(id, record, 'retrying')
    redis.call('HSET', '{mc}:delivery:' .. id, 'state', 'retrying', 'nextAt', now)
    redis.call('ZADD', '{mc}:waiting', now, id)
  end
  redis.call('ZADD', '{mc}:due', now + ARGV[7], id)
  return { 'alone', now }
end

local body = redis.call('GET', '{mc}:body:' .. id)
local meta = redis.call('GET', '{mc}:meta:' .. id)
if not body or not meta then return over('dead') end
if string.sub(meta, 1, 2) ~= '[]' then
  local free, again, window, weight = pace(id, record, cjson.decode(string.match(meta, '^[^\\n]*')))
  if free then
    local expires = tonumber(record.expiresAt)
    free, again = math.min(free, expires), math.min(again, expires)
    move(id, record, (crashed or record.state == 'retrying') and 'retrying' or 'queued')
    redis.call('HSET', '{mc}:delivery:' .. id, 'state', record.state, 'nextAt', free, 'pacedBy', window, 'pacedWeight', weight)
    redis.call('ZADD', '{mc}:due', again, id)
    if crashed then redis.call('ZADD', '{mc}:waiting', now, id) end
    return { 'wait', now, again - now, (record.pacedBy or '') == '' and window or '' }
  end
end

move(id, record, 'sending')
redis.call('HSET', '{mc}:delivery:' .. id, 'state', 'sending', 'attempt', record.attempt + 1, 'startedAt', now,
  'leaseUntil', now + lease, 'worker', worker, 'op', op, 'nextAt', '', 'pacedBy', '',
  'duplicate', record.unknown == '1' and '1' or record.duplicate)
redis.call('ZADD', '{mc}:due', now + lease, id)
redis.call('ZREM', '{mc}:waiting', id)
return { 'send', now, whole(id, meta, record.attempt == '0'), body }
`;

/**
 * ARGV: id, attempt, state, delay, counted, unknown, note (JSON without braces), outcome (JSON), digest, retention of
 * record and body, who is told.
 */
export const FINISH = `
local id, attempt, state, digest = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[9]
local record = fetch(id)
if not record then return false end
local current = tonumber(record.attempt)
if record.state ~= 'sending' or current ~= attempt then
  -- The same end once more: its reply was lost.
  if record.state ~= 'sending' and current == attempt and record.ended == digest then return whole(id) end
  local ended = record.state == 'sending' and current - 1 or current
  if attempt > ended then return false end
  local place = attempt - ended - 1
  local entry = redis.call('LINDEX', '{mc}:attempts:' .. id, place)
  local from = entry and string.find(entry, ',"endedAt":', 1, true)
  if from and string.sub(entry, -20) == ',"result":"crashed"}' then
    redis.call('LSET', '{mc}:attempts:' .. id, place, string.sub(entry, 1, from) .. '"endedAt":'
      .. string.format('%d', now) .. ',' .. ARGV[7] .. ',"late":true}')
  end
  return false
end

note_attempt(id, record, ARGV[7])
local said = { 'ended', digest, 'counted', record.counted + ARGV[5],
  'unknown', ARGV[6] == '1' and '1' or record.unknown }
-- Its worker lived through it.
if record.suspect == '1' then said[7], said[8] = 'suspect', '0' end
if state == 'retrying' then
  -- What would be tried after its end waits for its end.
  local at = math.min(now + ARGV[4], tonumber(record.expiresAt))
  move(id, record, state)
  redis.call('HSET', '{mc}:delivery:' .. id, 'state', state, 'nextAt', at, unpack(said))
  redis.call('ZADD', '{mc}:due', at, id)
  redis.call('ZADD', '{mc}:waiting', at, id)
else
  -- Only a final end has an outcome; it is kept as long as the record.
  if ARGV[8] ~= '' then redis.call('SET', '{mc}:outcome:' .. id, ARGV[8], 'PX', ARGV[10]) end
  conclude(id, record, state, record.op, { ARGV[10], ARGV[11], ARGV[12] }, said)
end
return whole(id)
`;
