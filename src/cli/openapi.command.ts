import { Command } from 'commander';
import { ConfigService } from '../config/config.service.js';
import { createLogger } from '../logging/logger.js';
import { Redactor } from '../logging/redactor.js';
import { CONFIGURATIONS, loadProviders } from '../providers/index.js';
import { print } from './output.js';

/** `openapi`: prints the OpenAPI document; the committed one is compared with it, so that a change shows. */
export function openApiCommand(): Command {
  return new Command('openapi').description('print the OpenAPI document').action(async () => {
    // Loaded only here: the help of the program waits for neither Nest nor Swagger.
    const [{ createGateway }, { openApiDocument }] = await Promise.all([
      import('../app.setup.js'),
      import('../openapi/openapi.document.js'),
    ]);
    const redactor = new Redactor();
    // An empty environment: the document depends on the routes, not on anybody's configuration.
    const config = new ConfigService({
      env: { MSG_DOCS: 'false' },
      providers: CONFIGURATIONS,
    });
    const { logger } = createLogger('silent', redactor);
    const gateway = await createGateway({ config, logger, redactor, providers: await loadProviders() });
    print(JSON.stringify(await openApiDocument(gateway.app), null, 2));
    await gateway.app.close();
  });
}
