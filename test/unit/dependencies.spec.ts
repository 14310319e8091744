import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface LockedPackage {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const locked = Object.entries(packages).filter(([path]) => path !== '');

/** Known, and not needed: the image installs with --ignore-scripts. */
const INSTALL_SCRIPTS = ['@scarf/scarf', 'msgpackr-extract', 'fsevents'];

it('every package is pinned by its content; only builds for other systems may lack the hash', () => {
  expect(locked.filter(([, entry]) => entry.integrity === undefined && !entry.optional)).toEqual([]);
  for (const [path, { integrity }] of locked) if (integrity !== undefined) expect(integrity, path).toMatch(/^sha512-/);
});

it('no package brings its own address', () => {
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

it('no package came with an install script that nobody looked at', () => {
  const scripts = locked
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect(scripts.filter((name) => !INSTALL_SCRIPTS.includes(name))).toEqual([]);
});

it('no install is reported: the counter that Swagger UI brings along is switched off', () => {
  const { scarfSettings } = JSON.parse(readFileSync('package.json', 'utf8')) as { scarfSettings?: unknown };
  expect(scarfSettings).toEqual({ enabled: false });
});
