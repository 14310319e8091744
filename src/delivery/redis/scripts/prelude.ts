/**
 * What Redis holds. All keys carry one hash tag, so that a Redis Cluster keeps them in one slot.
 *
 *     {mc}:delivery:<id>      hash    what changes; every value short, so that Redis packs it tightly
 *     {mc}:meta:<id>          string  what never changes: pacing windows, a line break, the rest (both JSON)
 *     {mc}:outcome:<id>       string  result and receipt (JSON)
 *     {mc}:attempts:<id>      list    ended attempts, oldest first (JSON); the running one is in the hash, and so is the
 *                                     end of the only one ("note") if it is short and final
 *     {mc}:body:<id>          string  the rendered request (JSON); has its own retention
 *     {mc}:due                zset    id → when a worker must be woken (again); end of the lease while it is sent
 *     {mc}:waiting            zset    id → since when it could have been sent, for the age of the backlog; of what is
 *                                     "accepted" the index says that, by its oldest entry
 *     {mc}:index:<app>:<state> zset   id → acceptance, for lists and counts; <app> is provider/app
 *     {mc}:sending            zset    "<id> <app>" → acceptance, the same for all that is being sent: it is little, and
 *                                     changes with every delivery
 *     {mc}:apps               set     every <app> there is an index of
 *     {mc}:retention          zset    "<state> <id> <app>" → when the record goes
 *     {mc}:pace:<key>         zset    places taken in a window → when
 *     {mc}:slices:<size>:<key> hash   the same for windows of thousands: slice of time → places taken in it
 *     {mc}:line:<key>         zset    "<id> <weight>" → when it got in line for a window
 *     {mc}:callbacks          zset    id of an outcome event → when it is told (again)
 *     {mc}:callbacks:bodies   hash    id of an outcome event → the event (JSON)
 *
 * Every script begins with this text. JSON is written and read outside, and put together here as text.
 */
export const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- As a command is given it: Redis writes a number of Lua's out to seventeen digits, which costs as much as a command.
local function text(number) return string.format('%d', number) end
local now_text = text(now)

local WAITING = { accepted = true, scheduled = true, queued = true, retrying = true }
local REPLAYABLE = { dead = true, unknown = true, quarantined = true }

-- What changes in keys that all deliveries share is gathered and written at the end, one command for each key. In one
-- call a delivery may be put in and taken out again, but never the other way round, so what is taken out goes last.
local added, removed = {}, {}
local function gather(all, command, key, first, second)
  local it = all[key]
  if not it then
    it = { command, key }
    all[key] = it
  end
  local last = #it
  it[last + 1], it[last + 2] = first, second
end
local function add(key, score, id) gather(added, 'ZADD', key, score, id) end
local function remove(key, id) gather(removed, 'ZREM', key, id) end
local function write_gathered()
  for _, it in pairs(added) do redis.call(unpack(it)) end
  for _, it in pairs(removed) do redis.call(unpack(it)) end
  added, removed = {}, {}
end

-- Deliveries that one call is about, in the arguments from one to another, each with so many: an answer for each. What
-- goes wrong with one is its own answer and nobody else's. The first argument of each holds all that is short, in
-- words: an argument costs its sender more than a word costs here.
local function each(from, to, arguments, one)
  local answers = {}
  for i = from, to, arguments do
    local fine, answer = pcall(one, unpack(ARGV, i, i + arguments - 1))
    if not fine then
      answer = { 'error', type(answer) == 'table' and answer.err or tostring(answer) }
      -- Not its own matter, but that of the connection, which has to hear of it: it looks for the master then.
      if string.find(answer[2], 'READONLY', 1, true) then error(answer[2], 0) end
    end
    answers[#answers + 1] = answer
  end
  return answers
end

local function by_name(flat)
  local record = {}
  for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
  return record
end

-- A record to ask.
local function fetch(id)
  local flat = redis.call('HGETALL', '{mc}:delivery:' .. id)
  if #flat > 0 then return by_name(flat) end
end

local function attempt_text(record, rest)
  return '{"n":' .. record.attempt .. ',"startedAt":' .. record.startedAt .. ',"worker":' .. record.worker .. ',' .. rest
    .. '}'
end

-- The only attempt, where its end is in the record itself. A version that knew nothing of that may have gone on from
-- there.
local function noted(record)
  if record.note and record.attempt == '1' then return attempt_text(record, record.note) end
end

local function whole(id)
  local flat = redis.call('HGETALL', '{mc}:delivery:' .. id)
  local attempts = redis.call('LRANGE', '{mc}:attempts:' .. id, 0, -1)
  if #attempts == 0 then attempts[1] = noted(by_name(flat)) end
  return { flat, redis.call('GET', '{mc}:meta:' .. id), redis.call('GET', '{mc}:outcome:' .. id), attempts }
end

local function move(id, record, state)
  local before, app = record.state, record.app
  if state == before then return end
  if before == 'sending' then
    remove('{mc}:sending', id .. ' ' .. app)
  else
    redis.call('ZREM', '{mc}:index:' .. app .. ':' .. before, id)
  end
  if state == 'sending' then
    add('{mc}:sending', record.acceptedAt, id .. ' ' .. app)
  else
    redis.call('ZADD', '{mc}:index:' .. app .. ':' .. state, record.acceptedAt, id)
  end
  record.state = state
end

local function leave_line(id, record)
  if (record.pacedBy or '') ~= '' then
    redis.call('ZREM', '{mc}:line:' .. record.pacedBy, id .. ' ' .. record.pacedWeight)
  end
end

local function note_attempt(id, record, rest)
  redis.call('RPUSH', '{mc}:attempts:' .. id, attempt_text(record, '"endedAt":' .. now_text .. ',' .. rest))
  if tonumber(record.attempt) > 100 then redis.call('LTRIM', '{mc}:attempts:' .. id, -100, -1) end
end

-- There will be more than one attempt.
local function list_noted(id, record)
  local attempt = noted(record)
  if not attempt then return end
  redis.call('RPUSH', '{mc}:attempts:' .. id, attempt)
  redis.call('HDEL', '{mc}:delivery:' .. id, 'note')
end

-- Who asked for it is told about the end: in the same step as the end, with the record as it is now.
local function announce(id, state, subscriptions)
  local targets = subscriptions ~= '' and cjson.decode(subscriptions)[state]
  if not targets then return end
  local record, op = cjson.encode(whole(id)), redis.call('HGET', '{mc}:delivery:' .. id, 'op')
  for _, target in ipairs(targets) do
    local event = 'evt_' .. string.sub(redis.sha1hex(id .. ' ' .. op .. ' ' .. target), 1, 32)
    redis.call('HSET', '{mc}:callbacks:bodies', event, '{"id":"' .. event .. '","target":' .. cjson.encode(target)
      .. ',"tries":0,"record":' .. record .. '}')
    redis.call('ZADD', '{mc}:callbacks', now, event)
  end
end

-- Makes it final: retention starts. "keep": retention of record and body, who is told about which state. "more": what
-- else changes in the record.
local function conclude(id, record, state, keep, more)
  local key, record_ms = '{mc}:delivery:' .. id, keep[1]
  if record.state ~= 'sending' then remove('{mc}:waiting', id) end
  leave_line(id, record)
  move(id, record, state)
  redis.call('HSET', key, 'state', state, 'finishedAt', now_text, unpack(more))
  remove('{mc}:due', id)
  -- Meta and outcome have no end of their own: what prunes takes them away.
  add('{mc}:retention', text(now + record_ms), state .. ' ' .. id .. ' ' .. record.app)
  redis.call('PEXPIRE', key, record_ms)
  if not noted(record) then redis.call('PEXPIRE', '{mc}:attempts:' .. id, record_ms) end
  redis.call('PEXPIRE', '{mc}:body:' .. id, REPLAYABLE[state] and record_ms or keep[2])
  announce(id, state, keep[3])
end
`;
