/** Options that all routes of this provider share. */
export function route(path: string): { readonly provider: 'wecom'; readonly path: string } {
  return { provider: 'wecom', path };
}

/** The same for routes that read the directory, which need a scope of their own. */
export function directoryRoute(path: string): ReturnType<typeof route> & { readonly scope: 'directory' } {
  return { ...route(path), scope: 'directory' };
}

/** Bodies of the sending routes, bytes: one mpnews article may have 666 kB of HTML (platform page 90236). */
export const MESSAGE_BODY = { limit: 1024 * 1024 } as const;

/** Bodies that go to robots, bytes: a picture of 2 MB travels as base64 (platform page 99110). */
export const ROBOT_BODY = { limit: 3 * 1024 * 1024 } as const;
