// Second half of `npm run build`: what tsc wrote to build/ becomes the few files of dist/ that are started.
// Why, and what it gains: docs/decisions/start.md
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** What tsc wrote. */
const BUILD = fileURLToPath(new URL('../build/', import.meta.url));

/** Stay in node_modules: they look for files of their own at run time (scripts for Redis, pages). */
const WITH_FILES = ['bull', 'ioredis', 'pino', 'swagger-ui-dist', /^@bull-board\//];
/** Nest imports them where they are installed, and they are not. */
const NOT_INSTALLED = [/^@nestjs\/(microservices|websockets)(\/|$)/, '@fastify/static'];

/** Has the maps of the bundle lead to src, by those that tsc wrote; to build/ otherwise. */
const mapsOfTsc = {
  name: 'maps-of-tsc',
  load: (id) =>
    isOurs(id) && id.endsWith('.js')
      ? { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }
      : null,
};

const bundle = await rolldown({
  input: 'build/main.js',
  platform: 'node',
  plugins: [mapsOfTsc],
  external: [...WITH_FILES, ...NOT_INSTALLED],
  // zod says that its modules do nothing by themselves, but one gives it the sentences that `config check` prints.
  treeshake: { moduleSideEffects: () => true },
  // `new URL('inbox.html', import.meta.url)`: the file is copied beside the code that reads it.
  experimental: { resolveNewUrlToAsset: true },
  onLog(level, { message }) {
    if (level === 'warn') throw new Error(message);
  },
});
// Not write(): that leaves files behind although a warning stopped it.
const { output } = await bundle.generate({
  dir: 'dist',
  // Nest and Swagger call classes by their names.
  keepNames: true,
  // src/main.ts switches them on. With the texts of all files as well they would take 12 MB of each process, and with
  // those of packages another 10.
  sourcemap: 'hidden',
  sourcemapExcludeSources: true,
  sourcemapIgnoreList: false,
  chunkFileNames: ({ name, moduleIds }) => `${nameOf(moduleIds) ?? name}-[hash].js`,
  assetFileNames: '[name]-[hash][extname]',
});
await bundle.close();
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
const ours = new Set(output.filter(({ moduleIds = [] }) => moduleIds.some(isOurs)).map(({ fileName }) => fileName));
for (const { fileName, code, source } of output) {
  if (fileName.endsWith('.map') && !ours.has(fileName.slice(0, -'.map'.length))) continue;
  const map = ours.has(fileName) ? `//# sourceMappingURL=${fileName}.map\n` : '';
  writeFileSync(join('dist', fileName), code === undefined ? source : code + map);
}

function isOurs(moduleId) {
  return moduleId.startsWith(BUILD);
}

/** The package of a chunk that holds nothing but packages; rolldown would call it `dist` or `index`. */
function nameOf(moduleIds) {
  const packages = moduleIds.map((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]);
  return packages.includes(undefined) ? undefined : packages.at(-1)?.replace('@', '').replace('/', '-');
}
