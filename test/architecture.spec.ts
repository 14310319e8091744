import { describe, expect, it } from 'vitest';
import { at, linesWith, sourceFiles, type SourceFile } from './support/source-tree.js';

/** Longest file, lines. */
const LONGEST = 300;

/** What every provider folder consists of; names that end in a slash are folders. */
const PARTS = (id: string): string[] => [
  `${id}.provider.ts`,
  `${id}.module.ts`,
  `${id}.service.ts`,
  `${id}.errors.json`,
  'controllers/',
  'dto/',
  'operations/',
  'simulator/',
  'README.md',
];

const files = sourceFiles();
const code = files.filter(({ path }) => path.endsWith('.ts'));
const providers = files.flatMap(({ path }) => /^src\/providers\/([^/]+)\/\1\.provider\.ts$/.exec(path)?.[1] ?? []);

/** The provider to whose folder a path belongs. */
function providerOf(path: string): string | undefined {
  return providers.find((id) => path.startsWith(`src/providers/${id}/`));
}

/** Simulators, and the sandbox that shows what they received. */
function isSimulated(path: string): boolean {
  return /^src\/(simulator|sandbox)\/|\/simulator\//.test(path);
}

/** One complaint for each import that breaks a rule. */
function wrongImports(
  list: readonly SourceFile[],
  wrong: (from: SourceFile, target: string) => string | undefined,
): string[] {
  return list.flatMap((file) =>
    file.imports.flatMap(({ specifier, target, line }) => {
      const why = wrong(file, target ?? specifier);
      return why === undefined ? [] : [at(file, line, why)];
    }),
  );
}

/** What runs as soon as these files are imported. */
function loadedBy(isRoot: (file: SourceFile) => boolean): { paths: string[]; packages: string[] } {
  const byPath = new Map(code.map((file) => [file.path, file]));
  const paths = new Set<string>();
  const packages = new Set<string>();
  const load = (path: string): void => {
    if (paths.has(path)) return;
    paths.add(path);
    for (const { kind, specifier, target } of byPath.get(path)?.imports ?? []) {
      if (kind !== 'static') continue;
      if (target === undefined) packages.add(specifier);
      else load(target);
    }
  };
  for (const file of code) if (isRoot(file)) load(file.path);
  return { paths: [...paths], packages: [...packages] };
}

describe('the source tree', () => {
  describe('a provider', () => {
    it('exists, or this page proves nothing', () => {
      expect(providers).toContain('dingtalk');
    });

    it.each(providers)('%s is registered in src/providers/index.ts', (id) => {
      const index = files.find(({ path }) => path === 'src/providers/index.ts');
      const targets = index?.imports.map(({ target }) => target);
      expect(targets).toContain(`src/providers/${id}/${id}.provider.ts`);
      expect(targets).toContain(`src/providers/${id}/${id}.module.ts`);
    });

    it.each(providers)('%s is complete', (id) => {
      const missing = PARTS(id).filter((part) => {
        const wanted = `src/providers/${id}/${part}`;
        return !files.some(({ path }) => (part.endsWith('/') ? path.startsWith(wanted) : path === wanted));
      });
      expect(missing).toEqual([]);
    });

    it('imports no sibling', () => {
      const wrong = wrongImports(code, ({ path }, target) => {
        const [from, to] = [providerOf(path), providerOf(target)];
        return from !== undefined && to !== undefined && from !== to ? `${from} imports ${to}` : undefined;
      });
      expect(wrong).toEqual([]);
    });

    it('is known by name to src/providers/index.ts and the importer of system A alone', () => {
      // System A knew DingTalk only: whoever imports its file has to know it as well.
      const knowing = ['src/providers/index.ts', 'src/cli/config-import.ts'];
      const outside = code.filter(({ path }) => providerOf(path) === undefined && !knowing.includes(path));
      const wrong = wrongImports(outside, (_file, target) => {
        const id = providerOf(target);
        return id === undefined ? undefined : `imports one particular provider, ${id}`;
      });
      expect(wrong).toEqual([]);
    });
  });

  describe('a simulator', () => {
    const simulators = code.filter(({ path }) => /^src\/simulator\/|\/simulator\//.test(path));

    it('is written from the platform’s facts: it imports no DTO and nothing of the gateway or of Nest', () => {
      const wrong = wrongImports(simulators, (_file, target) =>
        target.startsWith('node:') || isSimulated(target) ? undefined : `imports ${target}`,
      );
      expect(wrong).toEqual([]);
    });

    it('is loaded only where it is needed: nothing of production imports it statically', () => {
      const production = code.filter(({ path }) => !isSimulated(path));
      const wrong = production.flatMap((file) =>
        file.imports
          .filter(({ kind, target }) => kind === 'static' && target !== undefined && isSimulated(target))
          .map(({ line, specifier }) => at(file, line, `imports ${specifier}; use import() or import type`)),
      );
      expect(wrong).toEqual([]);
    });
  });

  describe('a start', () => {
    it('of a command or of the supervising process loads neither Nest nor a DTO', () => {
      const { paths, packages } = loadedBy(({ path }) => path.startsWith('src/cli/'));
      expect(paths).toContain('src/providers/dingtalk/dingtalk.settings.ts');
      expect(paths.filter((path) => /\.(module|controller|pipe|guard|dto)\.ts$|\/dto\//.test(path))).toEqual([]);
      expect(packages.filter((name) => /^(@nestjs|rxjs|class-|undici)/.test(name))).toEqual([]);
    });

    it('loads nothing of Redis: that is imported where one is configured', () => {
      const { paths, packages } = loadedBy(({ path }) => /^src\/(main|app\.setup)\.ts$|\.module\.ts$/.test(path));
      expect(paths).toContain('src/delivery/delivery.module.ts');
      expect(packages.filter((name) => /redis|bull|^cache-manager|^keyv/.test(name))).toEqual([]);
    });

    it('loads nothing of Swagger: that is imported when the document is asked for', () => {
      const wrong = code.flatMap((file) =>
        file.imports
          .filter(({ kind, specifier }) => kind === 'static' && specifier === '@nestjs/swagger')
          .map(({ line }) => at(file, line, 'imports @nestjs/swagger; use src/openapi/openapi.decorators.ts')),
      );
      expect(wrong).toEqual([]);
    });

    it.each([
      ['class-validator', 'src/inbound/fields/class-validator.ts'],
      ['undici', 'src/outbound/undici.ts'],
    ])('loads of %s what is used, by way of %s', (name, way) => {
      expect(code.some(({ path }) => path === way)).toBe(true);
      const wrong = code.flatMap((file) =>
        file.imports
          .filter(({ kind, specifier }) => kind !== 'type' && specifier === name)
          .map(({ line }) => at(file, line, `imports ${name}; use ${way}`)),
      );
      expect(wrong).toEqual([]);
    });
  });

  it('reads the environment in config and cli alone', () => {
    const elsewhere = code.filter(({ path }) => !/^src\/(config|cli)\/|^src\/main\.ts$/.test(path));
    expect(elsewhere.flatMap((file) => linesWith(file, /\bprocess\.env\b/, 'reads process.env'))).toEqual([]);
  });

  it('knows nothing of tests', () => {
    expect(code.flatMap((file) => linesWith(file, /NODE_ENV.*['"]test['"]/, 'asks whether it is tested'))).toEqual([]);
    const wrong = wrongImports(code, (_file, target) =>
      /^test\/|^vitest/.test(target) ? `imports ${target}` : undefined,
    );
    expect(wrong).toEqual([]);
  });

  it('opens connections to platforms in outbound alone', () => {
    const elsewhere = code.filter(({ path }) => !path.startsWith('src/outbound/'));
    const wrong = wrongImports(elsewhere, (_file, target) => (/^undici/.test(target) ? 'imports undici' : undefined));
    expect(wrong).toEqual([]);
  });

  it('has no folder whose name is no reason', () => {
    const folders = new Set(files.flatMap(({ path }) => path.split('/').slice(1, -1)));
    const vague = [...folders].filter((name) => /^(common|core|shared|utils?|helpers?|misc|lib)$/.test(name));
    expect(vague).toEqual([]);
  });

  it(`has no file above ${LONGEST} lines`, () => {
    const long = files.filter(({ path, lines }) => /\.(ts|html)$/.test(path) && lines.length > LONGEST);
    expect(long.map((file) => at(file, LONGEST, `${file.lines.length} lines`))).toEqual([]);
  });

  it('writes nothing to the console, leaves nothing to do, and switches no check off', () => {
    const wrong = code.flatMap((file) => [
      ...linesWith(file, /\bconsole\.\w+\(/, 'writes to the console'),
      ...linesWith(file, /\b(TODO|FIXME|XXX)\b/, 'leaves something to do'),
      ...linesWith(file, /@ts-(ignore|expect-error|nocheck)|(eslint|oxlint)-disable/, 'switches a check off'),
    ]);
    expect(wrong).toEqual([]);
  });
});
