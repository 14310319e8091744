import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.loader.js';
import { configJsonSchema, type JsonSchema } from '../../src/config/config.schema.js';
import { CONFIGURATIONS as providers } from '../../src/providers/index.js';

const EXAMPLE = join(import.meta.dirname, '../../config/message-center.example.yaml');

/** The apps of the example, as the environment names them. */
const APPS = {
  MSG_DD_APP_KEY: 'the-key',
  MSG_DD_APP_SECRET: 'the-secret',
  MSG_DD_AGENT_ID: '123456789',
  MSG_WECOM_CORP_ID: 'ww0000000000000000',
  MSG_WECOM_CORP_SECRET: 'the-corp-secret',
  MSG_WECOM_AGENT_ID: '1000002',
};

/** Every path that the schema knows; an app's or a robot's name is `*`, and an item of a list has no name. */
function settingsOf({ properties = {}, additionalProperties, items, anyOf = [] }: JsonSchema, path = ''): string[] {
  const named = typeof additionalProperties === 'object' ? { '*': additionalProperties } : {};
  const unnamed = [...(items ? [items] : []), ...anyOf].flatMap((schema) => settingsOf(schema, path));
  const members = Object.entries({ ...properties, ...named }).flatMap(([name, schema]) => {
    const below = path === '' ? name : `${path}.${name}`;
    // One line shows how a published limit is counted otherwise; GET /v1/providers has the ids.
    return name === 'limits' && below.startsWith('providers.') ? [below] : [below, ...settingsOf(schema, below)];
  });
  return [...unnamed, ...members];
}

/** Every path that stands in the text, commented out or not. A sentence that looks like a setting does no harm. */
function pathsIn(text: string): Set<string> {
  const paths = new Set<string>();
  const open: { readonly column: number; readonly path: string }[] = [];
  for (const line of text.split('\n')) {
    const [, margin = '', dash = '', entry = ''] = /^((?:# | )*)(- )?(.*)$/.exec(line) ?? [];
    const column = margin.replaceAll('# ', '').length + dash.length;
    const [, name, value = entry] = /^(\w+):(?: +(.*))?$/.exec(entry) ?? [];
    if (name === undefined && !entry.startsWith('{')) continue;
    while ((open.at(-1)?.column ?? -1) >= column) open.pop();
    const path = [open.at(-1)?.path, name].filter((part) => part !== undefined).join('.');
    if (name !== undefined) open.push({ column, path });
    for (const found of [path, ...(value.startsWith('{') ? flowPaths(value, path) : [])]) paths.add(found);
  }
  return paths;
}

function flowPaths(text: string, path: string): string[] {
  const walk = (node: unknown, at: string): string[] =>
    typeof node === 'object' && node !== null && !Array.isArray(node)
      ? Object.entries(node).flatMap(([name, value]) => [`${at}.${name}`, ...walk(value, `${at}.${name}`)])
      : [];
  return walk(parse(text), path);
}

/** Does the example show this setting? What all apps have in common may stand at their provider. */
function isShown(path: string, shown: ReadonlySet<string>): boolean {
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`);
  const common = path.replace('.apps.*.', '.');
  return shown.has(common) || [...shown].some((candidate) => pattern.test(candidate));
}

describe('config/message-center.example.yaml', () => {
  it('has every setting, commented out or not', () => {
    const shown = pathsIn(readFileSync(EXAMPLE, 'utf8'));
    const settings = settingsOf(configJsonSchema(providers));
    expect(settings).toContain('providers.wecom.apps.*.lookups.missTtl');
    expect(settings.filter((path) => !isShown(path, shown))).toEqual([]);
  });

  it('sets nothing to another value than its default, but for its apps', () => {
    const { config } = loadConfig({ file: EXAMPLE, env: APPS, providers });
    expect(config).toEqual(loadConfig({ env: APPS, providers }).config);
  });
});
