import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

/** Loads a module of the tests, which are TypeScript, in a plain Node program. */
export async function load(path) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const server = await createViteServer({
    root,
    configFile: false,
    logLevel: 'error',
    server: { middlewareMode: true, ws: false },
  });
  try {
    return await server.ssrLoadModule(path);
  } finally {
    await server.close();
  }
}
