// The benchmark. Usage: npm run bench -- [section …] [--quick] [--write] [--minutes N]; see bench/README.md.
import { parseArgs } from 'node:util';
import { endRunning } from './lib/processes.mjs';
import { circumstances, markdown, progress, writeSection } from './lib/report.mjs';

const SECTIONS = ['http', 'burst', 'upload', 'startup', 'async', 'retained', 'memory'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    minutes: { type: 'string' },
  },
});
const wanted = positionals.length > 0 ? positionals : SECTIONS.filter((name) => name !== 'memory' || values.minutes);
const unknown = wanted.filter((name) => ![...SECTIONS, 'smoke'].includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no section called ${unknown.join(', ')}; there are ${SECTIONS.join(', ')} and smoke\n`);
  process.exit(2);
}

const options = { quick: values.quick, minutes: values.minutes === undefined ? undefined : Number(values.minutes) };
let failed = false;
for (const name of wanted) {
  try {
    await measure(name);
  } catch (error) {
    // The others may still be worth having.
    failed = true;
    progress(`${name} failed: ${error.stack}`);
    await endRunning();
  }
}
process.exit(failed ? 1 : 0);

async function measure(name) {
  progress(`${name} …`);
  const facts = circumstances(values.quick);
  const section = (await import(`./sections/${name}.mjs`))[name];
  const result = await section(options);
  const text = markdown(result, facts);
  process.stdout.write(`\n## ${name}\n\n${text}\n`);
  if (values.write) await writeSection(name, text);
  if (name === 'smoke') failed ||= result.figures.some(({ reached }) => !reached);
}
