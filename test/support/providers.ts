import { loadProviders } from '../../src/providers/index.js';

/** Every provider of the service, loaded. */
export const PROVIDERS = await loadProviders();
