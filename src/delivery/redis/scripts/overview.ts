/** Scripts that read, and those of the sweeper. */

/** ARGV: id. */
export const GET = `return whole(ARGV[1])`;

export const APPS = `return redis.call('SMEMBERS', '{mc}:apps')`;

/** ARGV: entries wanted, newest and oldest acceptance, id to go on below or "", provider or "", apps or 0, states … */
export const LIST = `
local want, top, floor, below, provider = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local apps, states = {}, {}
local given = tonumber(ARGV[6])
for i = 7, 6 + given do apps[#apps + 1] = ARGV[i] end
for i = 7 + given, #ARGV do states[#states + 1] = ARGV[i] end
if given == 0 then apps = redis.call('SMEMBERS', '{mc}:apps') end

-- By bytes, as Redis sorts: the comparison of Lua depends on the locale.
local function after(a, b)
  if a[1] ~= b[1] then return a[1] > b[1] end
  for i = 1, math.min(#a[2], #b[2]) do
    local x, y = string.byte(a[2], i), string.byte(b[2], i)
    if x ~= y then return x > y end
  end
  return #a[2] > #b[2]
end

local last = { tonumber(top), below }
local found = {}
local function note(score, id)
  local entry = { tonumber(score), id }
  if below == '' or after(last, entry) then found[#found + 1] = entry end
end
local function keep_newest()
  table.sort(found, after)
  for i = #found, want + 1, -1 do found[i] = nil end
end
local function look(app, state)
  local key = '{mc}:index:' .. app .. ':' .. state
  local ties = below ~= '' and redis.call('ZCOUNT', key, top, top) or 0
  local entries = redis.call('ZREVRANGEBYSCORE', key, top, floor, 'WITHSCORES', 'LIMIT', 0, want + ties)
  for i = 1, #entries, 2 do note(entries[i + 1], entries[i]) end
  if #found > want then
    keep_newest()
    floor = found[want][1]
  end
end
local asked_apps = {}
local function look_at_sent()
  local entries = redis.call('ZRANGEBYSCORE', '{mc}:sending', floor, top, 'WITHSCORES')
  for i = 1, #entries, 2 do
    local id, app = string.match(entries[i], '^(%S+) (.*)$')
    if asked_apps[app] then note(entries[i + 1], id) end
  end
end
for _, app in ipairs(apps) do
  if provider == '' or string.sub(app, 1, #provider + 1) == provider .. '/' then
    asked_apps[app] = true
    for _, state in ipairs(states) do
      if state ~= 'sending' then look(app, state) end
    end
  end
end
for _, state in ipairs(states) do
  if state == 'sending' then look_at_sent() end
end
keep_newest()
local answer = {}
for i, entry in ipairs(found) do
  -- The last one only says that there is more.
  answer[i] = { entry[1], entry[2], i < want and whole(entry[2]) or false }
end
return answer
`;

/** ARGV: states. */
export const COUNTS = `
local apps = redis.call('SMEMBERS', '{mc}:apps')
local oldest = now
local function look(key)
  local since = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if since then oldest = math.min(oldest, since) end
end
look('{mc}:waiting')
for _, app in ipairs(apps) do look('{mc}:index:' .. app .. ':accepted') end
local answer = { now - oldest }
for i, state in ipairs(ARGV) do
  local sum = 0
  if state == 'sending' then
    sum = redis.call('ZCARD', '{mc}:sending')
  else
    for _, app in ipairs(apps) do sum = sum + redis.call('ZCARD', '{mc}:index:' .. app .. ':' .. state) end
  end
  answer[i + 1] = sum
end
return answer
`;

/** ARGV: how many, milliseconds until they are given out again, "1" for none that a wake-up may be waiting for. */
export const OVERDUE = `
local ids = redis.call('ZRANGEBYSCORE', '{mc}:due', '-inf', now, 'LIMIT', 0, ARGV[1])
local answer, again = {}, text(now + ARGV[2])
for _, id in ipairs(ids) do
  local values = redis.call('HMGET', '{mc}:delivery:' .. id, 'state', 'app', 'acceptedAt', 'leaseUntil', 'pacedBy')
  local queued = values[1] == 'accepted' or (values[1] == 'queued' and (values[5] or '') == '')
  if values[1] == 'sending' and (tonumber(values[4]) or 0) > now then
    add('{mc}:due', values[4], id)
  elseif queued and ARGV[3] == '1' then
    add('{mc}:due', again, id)
  elseif values[1] then
    answer[#answer + 1] = id
    add('{mc}:due', again, id)
    if WAITING[values[1]] and values[1] ~= 'queued' then
      if values[1] == 'accepted' then add('{mc}:waiting', values[3], id) end
      move(id, { state = values[1], app = values[2], acceptedAt = values[3] }, 'queued')
      redis.call('HSET', '{mc}:delivery:' .. id, 'state', 'queued')
    end
  else
    remove('{mc}:due', id)
    remove('{mc}:waiting', id)
  end
end
write_gathered()
return answer
`;

/** ARGV: how many. */
export const PRUNE = `
local gone = redis.call('ZRANGEBYSCORE', '{mc}:retention', '-inf', now, 'LIMIT', 0, ARGV[1])
for _, member in ipairs(gone) do
  local state, id, app = string.match(member, '^(%S+) (%S+) (.*)$')
  redis.call('ZREM', '{mc}:index:' .. app .. ':' .. state, id)
  -- Unless it was accepted again since: then it has no end yet, or a later one.
  local left = redis.call('PTTL', '{mc}:delivery:' .. id)
  if left ~= -1 and left < 100 then
    redis.call('UNLINK', '{mc}:delivery:' .. id, '{mc}:meta:' .. id, '{mc}:outcome:' .. id)
  end
  remove('{mc}:retention', member)
end
write_gathered()
return #gone
`;
