// Second half of `npm run build`: what tsc wrote to build/ becomes the few files of dist/ that are started.
// Why, and what it gains: docs/decisions/start.md
import { readFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

/** Stay in node_modules: they look for files of their own at run time (scripts for Redis, pages). */
const WITH_FILES = ['bull', 'ioredis', 'pino', 'swagger-ui-dist', /^@bull-board\//];
/** Nest imports them where they are installed, and they are not. */
const NOT_INSTALLED = [/^@nestjs\/(microservices|websockets)(\/|$)/, '@fastify/static'];

/** Has the maps of the bundle lead to src, by those that tsc wrote; to build/ otherwise. */
const mapsOfTsc = {
  name: 'maps-of-tsc',
  load: {
    filter: { id: /\/build\/.*\.js$/ },
    handler: (id) => ({ code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }),
  },
};

const bundle = await rolldown({
  input: 'build/main.js',
  platform: 'node',
  plugins: [mapsOfTsc],
  external: [...WITH_FILES, ...NOT_INSTALLED],
  // `new URL('inbox.html', import.meta.url)`: the file is copied beside the code that reads it.
  experimental: { resolveNewUrlToAsset: true },
  onLog(level, { message }) {
    if (level === 'warn') throw new Error(message);
  },
});
await bundle.write({
  dir: 'dist',
  cleanDir: true,
  // Nest and Swagger call classes by their names.
  keepNames: true,
  // src/main.ts switches them on. With the texts of all files as well they would take 12 MB of each process.
  sourcemap: true,
  sourcemapExcludeSources: true,
  sourcemapIgnoreList: false,
  chunkFileNames: ({ name, moduleIds }) => `${nameOf(moduleIds) ?? name}-[hash].js`,
  assetFileNames: '[name]-[hash][extname]',
});
await bundle.close();

/** The package of a chunk that holds nothing but packages; rolldown would call it `dist` or `index`. */
function nameOf(moduleIds) {
  const packages = moduleIds.map((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]);
  return packages.includes(undefined) ? undefined : packages.at(-1)?.replace('@', '').replace('/', '-');
}
