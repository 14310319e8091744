// wrk with a script that sends POSTs: a key, bodies in turn, apps in turn.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OTHER_CORES } from './machine.mjs';
import { folder, launch } from './processes.mjs';

let scripts = 0;

/** Writes the script for some requests; give its name to {@link wrk}. */
export function wrkScript({ bodies, headers = {}, apps = [] }) {
  const file = join(folder, `wrk-${(scripts += 1)}.lua`);
  const all = { 'content-type': 'application/json', ...headers };
  writeFileSync(
    file,
    `local bodies = { ${bodies.map(lua).join(', ')} }
local apps = { ${apps.map(lua).join(', ')} }
local requests, at = {}, 0
init = function()
  for name, value in pairs({ ${Object.entries(all)
    .map(([name, value]) => `[${lua(name)}] = ${lua(value)}`)
    .join(', ')} }) do wrk.headers[name] = value end
  for i = 1, math.max(#bodies, #apps) do
    if #apps > 0 then wrk.headers["x-app"] = apps[(i - 1) % #apps + 1] end
    requests[i] = wrk.format("POST", nil, nil, bodies[(i - 1) % #bodies + 1])
  end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"max":%d,"refused":%d,"broken":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max, e.status,
    e.connect + e.read + e.write + e.timeout))
end
`,
  );
  return file;
}

/**
 * Runs wrk and gives back requests, rate (per second), p50, p99 and max (milliseconds) and errors: answers that were
 * not 2xx, and connections or requests that failed.
 */
export async function wrk({ script, url, connections, seconds }) {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '15s', '-s', script, url];
  const child = launch('wrk', args, { cores: OTHER_CORES });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  const found = /^RESULT (.*)$/m.exec(text);
  if (!found) throw new Error(`wrk said:\n${text}`);
  const { requests, microseconds, p50, p99, max, refused, broken } = JSON.parse(found[1]);
  // Nothing was answered: that is not fast.
  const milliseconds = (value) => (requests === 0 ? Infinity : value / 1_000);
  return {
    requests,
    rate: (requests / microseconds) * 1e6,
    p50: milliseconds(p50),
    p99: milliseconds(p99),
    max: milliseconds(max),
    errors: refused + broken,
  };
}

/** A text in Lua; JSON's escapes for control characters are not Lua's, and there are none but line breaks. */
function lua(text) {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
