/**
 * For HEALTHCHECK: exit code 0 when the gateway of this container is alive.
 *
 *   node healthcheck.mjs           asks /health/live at PORT, 27779 without it
 *   node healthcheck.mjs 8080      asks there: for a port that stands in the configuration file
 */
import { get } from 'node:http';

const port = process.argv[2] ?? process.env.PORT ?? '27779';

const request = get({ host: '127.0.0.1', port, path: '/health/live', agent: false, timeout: 3_000 }, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error('no answer within 3 s')));
request.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
