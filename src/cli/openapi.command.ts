import { Command } from 'commander';
import { createGateway } from '../app.setup.js';
import { ConfigService } from '../config/config.service.js';
import { createLogger } from '../logging/logger.js';
import { Redactor } from '../logging/redactor.js';
import { openApiDocument } from '../openapi/openapi.document.js';
import { PROVIDERS } from '../providers/index.js';
import { print } from './output.js';

/** `openapi`: prints the OpenAPI document; the committed one is compared with it, so that a change shows. */
export function openApiCommand(): Command {
  return new Command('openapi').description('print the OpenAPI document').action(async () => {
    const redactor = new Redactor();
    // An empty environment: the document depends on the routes, not on anybody's configuration.
    const config = new ConfigService({
      env: { MSG_DOCS: 'false' },
      providers: PROVIDERS.map(({ definition }) => definition),
    });
    const { logger } = createLogger('silent', redactor);
    const gateway = await createGateway({ config, logger, redactor, providers: PROVIDERS });
    print(JSON.stringify(openApiDocument(gateway.app), null, 2));
    await gateway.app.close();
  });
}
