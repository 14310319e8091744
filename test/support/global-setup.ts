import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hasRedis } from './redis.js';

/**
 * The tests run against a real Redis. It is taken from PATH, or installed where that can be done without asking; else
 * the tests stop here and say what to type. They never run without it.
 */
export default function setup(): void {
  if (hasRedis()) return;
  const root = process.getuid?.() === 0;
  if (!root || !existsSync('/etc/debian_version')) {
    throw new Error(
      'The tests need redis-server on PATH. Debian, Ubuntu: sudo apt-get install -y redis-server · macOS: brew install redis',
    );
  }
  process.stdout.write('The tests need redis-server: installing it with apt-get …\n');
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (!hasRedis())
    throw new Error('redis-server could not be installed; install it by hand: apt-get install -y redis-server');
}
