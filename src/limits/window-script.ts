/** Sets `now`, epoch milliseconds, by the clock of Redis. */
const CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Places are given ahead while more than so many times as many are left. */
const PLENTY = 16;

/**
 * The same window as `SlidingWindow`, for all processes together. ARGV: of each window its limit, its seconds, how many
 * places are asked for, how many more may be given ahead, how many come back that were given ahead before, and in which
 * fixed window. Answers how many were given, how many are left after them, the seconds until the window is over, the
 * seconds until there is room after them, how many were given ahead, the number of the fixed window, and the
 * milliseconds until it is over.
 * @param clock Lua that sets `now`
 */
export function windowScript(clock = CLOCK): string {
  return `${clock}
local function seconds_of(milliseconds)
  return math.max(1, math.ceil(milliseconds / 1000))
end

local function take(key, limit, seconds, asked, ahead, unused, counted_in)
  local length = seconds * 1000
  local index = math.floor(now / length)
  local stored = redis.call('HMGET', key, 'index', 'current', 'previous', 'last')
  local current, previous = tonumber(stored[2]) or 0, tonumber(stored[3]) or 0
  local seen = tonumber(stored[1]) or index
  if seen ~= index then
    if seen == index - 1 then previous = current else previous = 0 end
    current = 0
  end
  if counted_in == index then
    current = math.max(0, current - unused)
  elseif counted_in == index - 1 then
    previous = math.max(0, previous - unused)
  end
  -- A key of an earlier version says nothing of its last place: its estimate stays as it is.
  local last = tonumber(stored[4]) or now - now % length
  if now - last >= length then previous = 0 end
  local rest = length - now % length
  local room = math.max(0, math.floor((limit * length - previous * rest - current * length) / length))
  local given = math.min(asked, room)
  local extra = math.min(ahead, math.floor((room - given) / ${PLENTY}))
  if given > 0 then
    current = current + given + extra
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
  return { given, room - given - extra, seconds_of(rest), seconds_of(wait), extra, index, rest }
end

local answers = {}
for i, key in ipairs(KEYS) do
  local of = {}
  for place = 1, 6 do of[place] = tonumber(ARGV[6 * (i - 1) + place]) end
  answers[i] = take(key, unpack(of))
end
return answers
`;
}
