/** What others on the network can do with the connection to Redis. */
export interface RedisExposure {
  /** Whoever reaches it may read and change everything in it: no password is sent. */
  readonly open: boolean;
  /** Whoever listens on the way reads along, the password included. */
  readonly plain: boolean;
}

/** Judges the address of a Redis; on this machine neither matters (reliability sheet T18). */
export function redisExposure(url: string): RedisExposure {
  if (!URL.canParse(url)) return { open: false, plain: false };
  const { protocol, hostname, password, searchParams } = new URL(url);
  const here = hostname === '' || hostname === 'localhost' || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname);
  return {
    open: !here && password === '' && !searchParams.get('password'),
    plain: !here && protocol !== 'rediss:',
  };
}
