/** Options that all routes of this provider share. */
export function route(path: string): { readonly provider: 'dingtalk'; readonly path: string } {
  return { provider: 'dingtalk', path };
}

/** The same for routes that read the directory, which need a scope of their own. */
export function directoryRoute(path: string): ReturnType<typeof route> & { readonly scope: 'directory' } {
  return { ...route(path), scope: 'directory' };
}

/** System A reads JSON whatever the Content-Type says, and its callers rely on it. */
export const SYSTEM_A_BODY = { anyContentType: true } as const;

/** Long texts come to robots, to be split. */
export const ROBOT_BODY = { limit: 3 * 1024 * 1024 } as const;
