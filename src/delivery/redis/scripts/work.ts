/** Scripts that a worker runs: attempts begin, attempts end. */

import { WOKEN_AGAIN_MS } from '../../delivery-store.js';

/** Longest value with which Redis packs a hash tightly, bytes (`hash-max-listpack-value`). */
const SHORT = 64;

/** Of each attempt that begins "id op lease alone worker", alone being 1 if nothing runs beside it, worker JSON. */
const BEGIN = `
local function begin(asked)
  local id, op, lease, alone, worker = string.match(asked, '^(%S+) (%S+) (%d+) (%d) (.*)$')
  local key = '{mc}:delivery:' .. id
  -- Of what was never tried nothing else can be set: it is asked for no more than matters, which is the usual case.
  local state, attempt, app, accepted, due, expires, next_at, paced, unknown = unpack(redis.call('HMGET', key, 'state',
    'attempt', 'app', 'acceptedAt', 'dueAt', 'expiresAt', 'nextAt', 'pacedBy', 'unknown'))
  if not state then return { 'nothing' } end
  local record
  if attempt == '0' and WAITING[state] and (paced or '') == '' and unknown ~= '1' then
    record = { state = state, attempt = attempt, app = app, acceptedAt = accepted, expiresAt = expires, nextAt = next_at }
  else
    record = fetch(id)
  end

  local function over(state)
    conclude(id, record, state, keep, { 'nextAt', '', 'pacedBy', '', 'op', op })
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
    -- Where the version before noted it.
    redis.call('ZREM', '{mc}:index:' .. record.app .. ':sending', id)
    -- Beside others it may have been one of them: that makes it a suspect, and counts no more than once.
    if record.suspect == '1' or record.crashes == '0' then record.crashes = string.format('%d', record.crashes + 1) end
    record.unknown, record.suspect = '1', '1'
    redis.call('HSET', key, 'crashes', record.crashes, 'unknown', '1', 'suspect', '1')
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
      redis.call('HSET', key, 'state', 'retrying', 'nextAt', now_text)
      add('{mc}:waiting', now_text, id)
    end
    add('{mc}:due', text(now + grace), id)
    return { 'alone' }
  end

  local body, meta = unpack(redis.call('MGET', '{mc}:body:' .. id, '{mc}:meta:' .. id))
  if not body or not meta then return over('dead') end
  local dropped = false
  if string.sub(meta, 1, 2) ~= '[]' then
    local free, again, window, weight
    free, again, window, weight, dropped = pace(id, record, cjson.decode(string.match(meta, '^[^\\n]*')))
    if free then
      local expires = tonumber(record.expiresAt)
      free, again = math.min(free, expires), math.min(again, expires)
      move(id, record, (crashed or record.state == 'retrying') and 'retrying' or 'queued')
      redis.call('HSET', key, 'state', record.state, 'nextAt', text(free), 'pacedBy', window, 'pacedWeight', weight)
      add('{mc}:due', text(again), id)
      if crashed then
        add('{mc}:waiting', now_text, id)
      elseif state == 'accepted' then
        add('{mc}:waiting', due, id)
      end
      return { 'wait', again - now, (record.pacedBy or '') == '' and window or '' }
    end
  end

  move(id, record, 'sending')
  list_noted(id, record)
  local leased = text(now + lease)
  redis.call('HSET', key, 'state', 'sending', 'attempt', text(attempt + 1), 'startedAt', now_text, 'leaseUntil', leased,
    'worker', worker, 'op', op)
  if (paced or '') ~= '' then redis.call('HSET', key, 'pacedBy', '') end
  if record.unknown == '1' then redis.call('HSET', key, 'duplicate', '1') end
  if dropped then redis.call('HSET', key, 'dropped', '1') end
  -- What is tried for the first time the sweeper comes across within this time in any case; it looks up the lease then.
  if attempt ~= '0' or (paced or '') ~= '' or tonumber(lease) < ${WOKEN_AGAIN_MS} then add('{mc}:due', leased, id) end
  remove('{mc}:waiting', id)
  if attempt ~= '0' or record.unknown == '1' then return { 'send', whole(id), body } end
  return { 'first', accepted .. ' ' .. due .. ' ' .. expires .. ' ' .. now_text .. ' ' .. (dropped and '1' or '0'), meta, body }
end
`;

/**
 * Of each attempt that ends "id number state delay counted unknown known digest", note (JSON without braces), outcome
 * (JSON). The answer is when it ended and when it is tried again if its record is known, else the whole record, or
 * nothing.
 */
const FINISH = `
-- An end that is not that of the current attempt. Of a crash it tells what became of it.
local function too_late(id, attempt, digest, note, arrived)
  local record = fetch(id)
  local current = tonumber(record.attempt)
  -- The same end once more: its reply was lost.
  if record.state ~= 'sending' and current == attempt and record.ended == digest then return { 'record', whole(id) } end
  local ended = record.state == 'sending' and current - 1 or current
  if attempt > ended then
    -- It was sent, but this Redis has lost that it began (a replica that was behind, a disk): the next one is a repeat.
    if arrived then redis.call('HSET', '{mc}:delivery:' .. id, 'unknown', '1') end
    return { 'nothing' }
  end
  local place = attempt - ended - 1
  local entry = redis.call('LINDEX', '{mc}:attempts:' .. id, place)
  local from = entry and string.find(entry, ',"endedAt":', 1, true)
  if from and string.sub(entry, -20) == ',"result":"crashed"}' then
    redis.call('LSET', '{mc}:attempts:' .. id, place, string.sub(entry, 1, from) .. '"endedAt":' .. now_text .. ','
      .. note .. ',"late":true}')
  end
  return { 'nothing' }
end

local function finish(said, note, outcome)
  local id, number, state, delay, counted, unknown, known, digest =
    string.match(said, '^(%S+) (%d+) (%a+) (%d+) (%d) (%d) (%d) (%S+)$')
  local key = '{mc}:delivery:' .. id
  -- Of a first attempt nothing else can be set, as above.
  local record = {}
  record.state, record.attempt, record.app, record.acceptedAt, record.startedAt, record.worker = unpack(redis.call(
    'HMGET', key, 'state', 'attempt', 'app', 'acceptedAt', 'startedAt', 'worker'))
  if not record.state then return { 'nothing' } end
  if record.state ~= 'sending' or record.attempt ~= number then
    local arrived = unknown == '1' or state == 'sent' or state == 'partial'
    return too_late(id, tonumber(number), digest, note, arrived)
  end
  if number ~= '1' or state == 'retrying' then record = fetch(id) end

  local changes = { 'ended', digest, 'counted', text((record.counted or 0) + counted) }
  if unknown == '1' then changes[5], changes[6] = 'unknown', '1' end
  local entry = '"endedAt":' .. now_text .. ',' .. note
  if number == '1' and state ~= 'retrying' and #entry <= ${SHORT} then
    record.note = entry
    changes[#changes + 1], changes[#changes + 2] = 'note', entry
  else
    note_attempt(id, record, note)
  end
  local at = 0
  -- Its worker lived through it.
  if record.suspect == '1' then redis.call('HSET', key, 'suspect', '0') end
  if state == 'retrying' then
    -- What would be tried after its end waits for its end.
    at = math.min(now + delay, tonumber(record.expiresAt))
    local again = text(at)
    move(id, record, state)
    redis.call('HSET', key, 'state', state, 'nextAt', again, unpack(changes))
    add('{mc}:due', again, id)
    add('{mc}:waiting', again, id)
  else
    if outcome ~= '' then redis.call('SET', '{mc}:outcome:' .. id, outcome) end
    conclude(id, record, state, keep, changes)
  end
  if known == '1' then return { 'ended', now, at } end
  return { 'record', whole(id) }
end
`;

/**
 * What a worker does at once: it ends attempts, and begins others in their place.
 *
 * ARGV: latest time to begin, how long a suspect may wait for its turn, retention of record and body, who is told, how
 * many end; then what ends, then what begins. Answers when it was, and for each what came of it; nothing for what should
 * begin when it is too late.
 */
export const WORK = `
local latest, grace, keep = tonumber(ARGV[1]), ARGV[2], { ARGV[3], ARGV[4], ARGV[5] }
${BEGIN}
${FINISH}
local first = 7 + 3 * ARGV[6]
local ended, begun = each(7, first - 1, 3, finish), false
-- What was taken out may be put in again.
write_gathered()
-- Later, whoever asked has given up: an attempt that begins now would look like one that crashed.
if now <= latest then begun = each(first, #ARGV, 1, begin) end
write_gathered()
return { now, ended, begun }
`;
