import { readKeyring } from '../../src/config/keyring.js';
import { sealValue } from '../../src/config/sealed-value.js';

/** Seals a value for a setting, as `secrets encrypt` does. */
export function seal(path: string, value: string, masterKey: string): string {
  const { keyring } = readKeyring({ MSG_MASTER_KEY: masterKey });
  if (!keyring) throw new Error('the master key is not valid');
  return sealValue(value, path, keyring.first);
}

/** A configuration file with a DingTalk app in it. */
export function configWithApp(app: Readonly<Record<string, string | number>>, url = 'http://127.0.0.1:1'): string {
  return [
    'providers: # 注释 stays',
    '  dingtalk:',
    `    baseUrl: ${url}`,
    `    apiBaseUrl: ${url}`,
    '    apps:',
    '      default:',
    ...Object.entries(app).map(([name, value]) => `        ${name}: ${value}`),
    '',
  ].join('\n');
}

/** A master key as it might turn up. */
export function spellings(key: string): string[] {
  const text = key.replace(/^k\d:(pass:)?/, '');
  const bytes = Buffer.from(text, 'base64');
  return [text, ...(key.includes('pass') ? [] : [bytes.toString('hex'), bytes.toString('base64url')])];
}
