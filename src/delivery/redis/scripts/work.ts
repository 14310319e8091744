/** Scripts that a worker runs: attempts begin, attempts end. */

/**
 * ARGV: latest time to run or 0, how long a suspect may wait for its turn, retention of record and body, who is told;
 * then of each delivery "id op lease alone worker", alone being 1 if nothing runs beside it, worker JSON. Answers when it
 * was, and for each what is to be done; only the time when it is too late.
 */
export const BEGIN = `
local latest, grace, keep = tonumber(ARGV[1]), ARGV[2], { ARGV[3], ARGV[4], ARGV[5] }
-- Whoever asked has given up meanwhile: an attempt that begins now would look like one that crashed.
if latest > 0 and now > latest then return { now } end

local function begin(asked)
  local id, op, lease, alone, worker = string.match(asked, '^(%S+) (%S+) (%d+) (%d) (.*)$')
  local record, flat = fetch(id)
  if not record then return { 'nothing' } end

  local function over(state)
    conclude(id, record, state, op, keep)
    return { 'ended', whole(id) }
  end

  -- The same command once more, because the connection broke before its reply arrived.
  if record.op == op then
    if record.state == 'sending' then return { 'send', whole(id), redis.call('GET', '{mc}:body:' .. id) } end
    if not WAITING[record.state] then return { 'ended', whole(id) } end
  end

  local crashed = record.state == 'sending'
  if crashed then
    if tonumber(record.leaseUntil) > now then return { 'nothing' } end
    note_attempt(id, record, '"result":"crashed"')
    -- Beside others it may have been one of them: that makes it a suspect, and counts no more than once.
    if record.suspect == '1' or record.crashes == '0' then record.crashes = string.format('%d', record.crashes + 1) end
    record.unknown, record.suspect = '1', '1'
    redis.call('HSET', '{mc}:delivery:' .. id, 'crashes', record.crashes, 'unknown', 1, 'suspect', 1)
    if tonumber(record.crashes) >= 3 then return over('quarantined') end
    if record.park == '1' then return over('unknown') end
  elseif not WAITING[record.state] then
    return { 'nothing' }
  end
  -- What may have arrived has not expired: nobody knows.
  if now >= tonumber(record.expiresAt) then return over(record.unknown == '1' and 'unknown' or 'expired') end
  if not crashed and (record.pacedBy or '') == '' and tonumber(record.nextAt) > now then
    return { 'wait', record.nextAt - now }
  end
  if record.suspect == '1' and alone ~= '1' then
    if crashed then
      move(id, record, 'retrying')
      redis.call('HSET', '{mc}:delivery:' .. id, 'state', 'retrying', 'nextAt', now)
      redis.call('ZADD', '{mc}:waiting', now, id)
    end
    redis.call('ZADD', '{mc}:due', now + grace, id)
    return { 'alone' }
  end

  local body = redis.call('GET', '{mc}:body:' .. id)
  local meta = redis.call('GET', '{mc}:meta:' .. id)
  if not body or not meta then return over('dead') end
  local dropped = false
  if string.sub(meta, 1, 2) ~= '[]' then
    local free, again, window, weight
    free, again, window, weight, dropped = pace(id, record, cjson.decode(string.match(meta, '^[^\\n]*')))
    if free then
      local expires = tonumber(record.expiresAt)
      free, again = math.min(free, expires), math.min(again, expires)
      move(id, record, (crashed or record.state == 'retrying') and 'retrying' or 'queued')
      redis.call('HSET', '{mc}:delivery:' .. id, 'state', record.state, 'nextAt', free, 'pacedBy', window, 'pacedWeight', weight)
      redis.call('ZADD', '{mc}:due', again, id)
      if crashed then redis.call('ZADD', '{mc}:waiting', now, id) end
      return { 'wait', again - now, (record.pacedBy or '') == '' and window or '' }
    end
  end

  move(id, record, 'sending')
  local changes = { 'state', 'sending', 'attempt', record.attempt + 1, 'startedAt', now, 'leaseUntil', now + lease,
    'worker', worker, 'op', op, 'nextAt', '', 'pacedBy', '',
    'duplicate', record.unknown == '1' and '1' or record.duplicate }
  if dropped then
    changes[#changes + 1] = 'dropped'
    changes[#changes + 1] = '1'
  end
  redis.call('HSET', '{mc}:delivery:' .. id, unpack(changes))
  redis.call('ZADD', '{mc}:due', now + lease, id)
  redis.call('ZREM', '{mc}:waiting', id)
  if record.attempt ~= '0' then return { 'send', whole(id), body } end
  -- Its first attempt, the usual case: nothing has ended yet, and what was read need not be read again. Of a name that
  -- stands twice the later value holds. One text is read faster than many.
  for _, change in ipairs(changes) do flat[#flat + 1] = change end
  return { 'first', cjson.encode(flat), meta, body }
end

return { now, each(6, 1, begin) }
`;

/**
 * ARGV: retention of record and body, who is told; then of each attempt "id number state delay counted unknown known
 * digest", note (JSON without braces), outcome (JSON). Answers for each when it ended and when it is tried again if its
 * record is known, else the whole record, or nothing.
 */
export const FINISH = `
local keep = { ARGV[1], ARGV[2], ARGV[3] }

local function finish(said, note, outcome)
  local id, number, state, delay, counted, unknown, known, digest =
    string.match(said, '^(%S+) (%d+) (%a+) (%d+) (%d) (%d) (%d) (%S+)$')
  local attempt = tonumber(number)
  local record = fetch(id)
  if not record then return { 'nothing' } end
  local current = tonumber(record.attempt)
  if record.state ~= 'sending' or current ~= attempt then
    -- The same end once more: its reply was lost.
    if record.state ~= 'sending' and current == attempt and record.ended == digest then return { 'record', whole(id) } end
    local ended = record.state == 'sending' and current - 1 or current
    if attempt > ended then return { 'nothing' } end
    local place = attempt - ended - 1
    local entry = redis.call('LINDEX', '{mc}:attempts:' .. id, place)
    local from = entry and string.find(entry, ',"endedAt":', 1, true)
    if from and string.sub(entry, -20) == ',"result":"crashed"}' then
      redis.call('LSET', '{mc}:attempts:' .. id, place, string.sub(entry, 1, from) .. '"endedAt":'
        .. string.format('%d', now) .. ',' .. note .. ',"late":true}')
    end
    return { 'nothing' }
  end

  note_attempt(id, record, note)
  local changes = { 'ended', digest, 'counted', record.counted + counted,
    'unknown', unknown == '1' and '1' or record.unknown }
  -- Its worker lived through it.
  if record.suspect == '1' then changes[7], changes[8] = 'suspect', '0' end
  local at = 0
  if state == 'retrying' then
    -- What would be tried after its end waits for its end.
    at = math.min(now + delay, tonumber(record.expiresAt))
    move(id, record, state)
    redis.call('HSET', '{mc}:delivery:' .. id, 'state', state, 'nextAt', at, unpack(changes))
    redis.call('ZADD', '{mc}:due', at, id)
    redis.call('ZADD', '{mc}:waiting', at, id)
  else
    -- Only a final end has an outcome; it is kept as long as the record.
    if outcome ~= '' then redis.call('SET', '{mc}:outcome:' .. id, outcome, 'PX', keep[1]) end
    conclude(id, record, state, record.op, keep, changes)
  end
  if known == '1' then return { 'ended', now, at } end
  return { 'record', whole(id) }
end

return each(4, 3, finish)
`;
