import base from './vitest.config.js';
export default { ...base, test: { ...(base as any).test, setupFiles: ['test/zz-prof-setup.ts'] } };
