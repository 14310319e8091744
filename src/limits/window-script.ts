/** Sets `now`, epoch milliseconds, by the clock of Redis. */
const CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * The same window as `SlidingWindow`, for all processes together. ARGV: of each window its limit, its seconds, and how
 * many places are asked for. Answers how many were given, how many are left after them, the seconds until the window is
 * over, and the seconds until there is room after them.
 * @param clock Lua that sets `now`
 */
export function windowScript(clock = CLOCK): string {
  return `${clock}
local function seconds_of(milliseconds)
  return math.max(1, math.ceil(milliseconds / 1000))
end

local function take(key, limit, seconds, asked)
  local length = seconds * 1000
  local index = math.floor(now / length)
  local stored = redis.call('HMGET', key, 'index', 'current', 'previous', 'last')
  local current, previous = tonumber(stored[2]) or 0, tonumber(stored[3]) or 0
  local seen = tonumber(stored[1]) or index
  if seen ~= index then
    if seen == index - 1 then previous = current else previous = 0 end
    current = 0
  end
  -- A key of an earlier version says nothing of its last place: its estimate stays as it is.
  local last = tonumber(stored[4]) or now - now % length
  if now - last >= length then previous = 0 end
  local rest = length - now % length
  local room = math.max(0, math.floor((limit * length - previous * rest - current * length) / length))
  local given = math.min(asked, room)
  if given > 0 then
    current = current + given
    last = now
  end
  redis.call('HSET', key, 'index', index, 'current', current, 'previous', previous, 'last', last)
  redis.call('PEXPIRE', key, length * 2)
  local wait = rest
  if given == room then
    local free = limit - 1 - current
    if free >= 0 then
      wait = rest - math.floor(free * length / previous)
    else
      wait = rest + length - math.floor((limit - 1) * length / current)
    end
    wait = math.min(wait, last + length - now)
  end
  return { given, room - given, seconds_of(rest), seconds_of(wait) }
end

local answers = {}
for i, key in ipairs(KEYS) do
  answers[i] = take(key, tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]))
end
return answers
`;
}
