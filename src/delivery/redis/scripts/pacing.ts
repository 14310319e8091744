/** Above this count a window is kept in slices instead of one entry per place. */
const LOGGED_PLACES = 1_000;
/** Slices of such a window: it is never exceeded, and up to a twentieth longer than it need be. */
const SLICES = 20;
/** A longer wait is looked at again half-way, milliseconds: others in line may have been cancelled meanwhile. */
const LONG_WAIT_MS = 120_000;

/**
 * Pacing, for the script that begins an attempt and for the one that draws on the windows from outside. All windows have room, or none is taken.
 *
 * Who finds no room stands in line for the window that frees last. Places in line keep newcomers from overtaking for
 * ever, and let everybody wait for a time of his own instead of all for the same one.
 */
export const PACING = `
-- No fewer than the places taken in a window, at the price of one command: what is over is taken out only when it
-- matters. Slices keep a sum beside them, which is set right whenever they are looked at.
local function at_most(name, count, length)
  if count <= ${LOGGED_PLACES} then return redis.call('ZCARD', '{mc}:pace:' .. name) end
  local size = math.ceil(length / ${SLICES})
  return tonumber(redis.call('HGET', '{mc}:slices:' .. size .. ':' .. name, 'sum') or 0)
end

-- Places taken in a window, and when the n-th oldest of them was taken.
local function look_at(name, count, length)
  local key = '{mc}:pace:' .. name
  if count <= ${LOGGED_PLACES} then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - length)
    return redis.call('ZCARD', key), function(n)
      return tonumber(redis.call('ZRANGE', key, n - 1, n - 1, 'WITHSCORES')[2])
    end
  end
  local size, used, slices = math.ceil(length / ${SLICES}), 0, {}
  key = '{mc}:slices:' .. size .. ':' .. name
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local slice = tonumber(flat[i])
    if slice and (slice + 1) * size <= now - length then
      redis.call('HDEL', key, flat[i])
    elseif slice then
      used = used + flat[i + 1]
      slices[#slices + 1] = { (slice + 1) * size, tonumber(flat[i + 1]) }
    end
  end
  if #flat > 0 then redis.call('HSET', key, 'sum', text(used)) end
  table.sort(slices, function(a, b) return a[1] < b[1] end)
  return used, function(n)
    local seen = 0
    for _, slice in ipairs(slices) do
      seen = seen + slice[2]
      if seen >= n then return slice[1] end
    end
  end
end

-- Places that belong to those who have been in line longer.
local function ahead_of(id, line, weight)
  local standing = redis.call('ZCARD', line)
  if standing == 0 then return 0 end
  local member = id .. ' ' .. text(weight)
  local head = redis.call('ZRANGE', line, 0, 0)[1]
  while head and not redis.call('ZSCORE', '{mc}:due', string.match(head, '^%S+')) do
    redis.call('ZREM', line, head)
    standing = standing - 1
    head = redis.call('ZRANGE', line, 0, 0)[1]
  end
  if not head then return 0 end
  local rank = redis.call('ZRANK', line, member) or standing
  if rank == 0 then return 0 end
  return string.match(head, '%S+$') + (rank - 1) * weight
end

-- When there will be room, or nil if there is.
local function room_at(id, name, count, length, weight)
  local ahead = ahead_of(id, '{mc}:line:' .. name, weight)
  if at_most(name, count, length) + ahead + weight <= count then return nil end
  local used, taken_at = look_at(name, count, length)
  local lacking = used + ahead + weight - count
  if lacking <= 0 then return nil end
  if lacking <= used then return taken_at(lacking) + length end
  local rounds = math.ceil((lacking - used) / count)
  local nth = lacking - rounds * count
  if nth < 1 then return now + length * rounds end
  return taken_at(nth) + length * (rounds + 1)
end

local function take(id, attempt, name, count, length, weight)
  local key = '{mc}:pace:' .. name
  if weight == 0 then return end
  if count <= ${LOGGED_PLACES} then
    local entries = { 'ZADD', key }
    for place = 1, weight do
      entries[2 * place + 1], entries[2 * place + 2] = now_text, id .. ':' .. attempt .. ':' .. place
    end
    redis.call(unpack(entries))
    -- It must live longer than its newest place counts. It is given a second more, and given it again when less than a
    -- tenth of that is left, so not by every place.
    if redis.call('PTTL', key) > length + 100 then return end
  else
    local size = math.ceil(length / ${SLICES})
    key = '{mc}:slices:' .. size .. ':' .. name
    redis.call('HINCRBY', key, 'sum', weight)
    local taken = redis.call('HINCRBY', key, text(math.floor(now / size)), weight)
    -- Only a new slice makes it live longer, and puts it in order.
    if taken > weight then return end
    look_at(name, count, length)
  end
  redis.call('PEXPIRE', key, text(math.ceil(length * 1.1) + 1000))
end

-- Takes a place in every window; or gets in line and returns when there will be room and when to look again. A window
-- above which the platform drops silently does not hold up what would expire in line: that is sent, and the last value
-- says so.
local function pace(id, record, windows)
  local latest, blocking
  local dropped = false
  for _, window in ipairs(windows) do
    window[3] = math.ceil(window[3] * 1000)
    window[4] = math.min(window[4], window[2])
    local at = room_at(id, unpack(window))
    if at and window[5] == 1 and at >= tonumber(record.expiresAt) then
      dropped = true
    elseif at and (not latest or at > latest) then
      latest, blocking = at, window
    end
  end
  if not latest then
    leave_line(id, record)
    for _, window in ipairs(windows) do take(id, record.attempt + 1, unpack(window)) end
    return nil, nil, nil, nil, dropped
  end
  local weight = text(blocking[4])
  if record.pacedBy ~= blocking[1] then leave_line(id, record) end
  redis.call('ZADD', '{mc}:line:' .. blocking[1], 'NX', now_text, id .. ' ' .. weight)
  local again = latest
  if latest - now > ${LONG_WAIT_MS} then again = now + math.floor((latest - now) / 2) end
  return latest, again, blocking[1], weight
end
`;

/**
 * Takes places for what is sent on the synchronous road, without standing in line.
 * ARGV: of each message "id enforced", a unique id and 1 to refuse when there is no room; its windows. Answers for each
 * the milliseconds until there is room; 0 when the places were taken.
 */
export const DRAW = `
local function draw(asked, encoded)
  local id, enforced = string.match(asked, '^(%S+) (%d)$')
  local windows = cjson.decode(encoded)
  local latest, roomy = 0, {}
  for _, window in ipairs(windows) do
    window[3] = math.ceil(window[3] * 1000)
    window[4] = math.min(window[4], window[2])
    local at = room_at(id, unpack(window))
    if not at then
      roomy[#roomy + 1] = window
    elseif at > latest then
      latest = at
    end
  end
  if enforced == '1' and latest > 0 then return { 'wait', math.max(1, math.ceil(latest - now)) } end
  -- What is only counted leaves a full window as it is: who stands in line for it would never get a place.
  for _, window in ipairs(roomy) do take(id, 0, unpack(window)) end
  return { 'taken' }
end

return each(1, #ARGV, 2, draw)
`;
