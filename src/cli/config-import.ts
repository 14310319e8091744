import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { Command } from 'commander';
import { Document, isMap, isNode, isScalar, isSeq } from 'yaml';
import { replaceFile } from '../config/replace-file.js';
import { cidrProblem } from '../inbound/address-list.js';
import { PLATFORM_MEDIA } from '../providers/dingtalk/dingtalk.settings.js';
import { CommandError, guarded } from './guarded.js';
import { print } from './output.js';
import { readSystemA, type SystemA } from './system-a-file.js';

/** Port that system A is compiled with. */
const SYSTEM_A_PORT = 27_779;
/** System A's log levels, counted from 1. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const DEFAULT_LEVEL = 5;
/** What system A takes for files when its file says nothing; other types without a rule follow that of files. */
const DEFAULT_FILE_RULE = { ext: '.doc.docx.xls.xlsx.ppt.pptx.zip.pdf.rar', size: 10_000 } as const;
/** Below it, system A does not fetch a remote configuration, seconds. */
const MIN_REMOTE_INTERVAL = 30;

/** Settings of ours, and what a person must know of the difference. */
export interface ImportedConfig {
  readonly yaml: string;
  /** What was not carried over, or means something else here. */
  readonly notes: readonly string[];
}

/** `config import`: from system A's file to ours. */
export function configImportCommand(): Command {
  return new Command('import')
    .description("turn system A's xymessagecenter.json into a configuration file of ours")
    .argument('<file>', "system A's file")
    .option('--write <file>', 'write it there instead of printing it; the file must not exist')
    .action((file: string, options: { write?: string }) =>
      guarded(() => {
        const { yaml, notes } = importSystemA(readSystemA(readFileSync(file, 'utf8'), file));
        if (options.write === undefined) print(yaml.trimEnd());
        else if (existsSync(options.write)) throw new CommandError(`${options.write} is there already`);
        else replaceFile(options.write, yaml, undefined);
        process.stderr.write(notes.map((note) => `${note}\n`).join(''));
      }),
    );
}

/** The settings of ours that behave like system A's file. */
export function importSystemA({ sys, dd, names, unknown }: SystemA): ImportedConfig {
  const notes: string[] = [];
  const allow = allowList(dd.white_list, notes);
  const media = mediaOf(dd.media, notes);
  const level = levelOf(sys.log_level, DEFAULT_LEVEL);
  const document = new Document({
    server: { host: hostFor(allow.addresses), port: SYSTEM_A_PORT },
    envelope: { httpStatus: 'always-200' },
    access: { allow: allow.addresses },
    logging: { level: LEVELS[level - 1], ...(sys.debug ? {} : { dir: './log' }) },
    providers: {
      dingtalk: {
        apps: {
          default: {
            appKey: `env:${names.appKey}`,
            appSecret: `env:${names.appSecret}`,
            ...(dd.agent_id === undefined || dd.agent_id <= 0 ? {} : { agentId: dd.agent_id }),
            media,
          },
        },
      },
    },
  });
  if (dd.agent_id === undefined || dd.agent_id <= 0)
    notes.push('dd_conf.agent_id is not set: work notices need providers.dingtalk.apps.default.agentId.');
  noteTheRest(sys, unknown, level, notes);
  comment(document, ['server', 'host'], 'A listens on every address; without an allow-list this gateway does not.');
  comment(
    document,
    ['envelope'],
    "System A's habit: 200 whatever happens. Change to semantic once callers look at it.",
  );
  if (!sys.debug)
    comment(document, ['logging', 'dir'], 'Files by day, as A writes them; lines go to standard output too.');
  comment(
    document,
    ['providers', 'dingtalk', 'apps', 'default', 'appKey'],
    "Plain or enc: here, never in A's encrypted form: `message-center secrets import-legacy` translates them.",
  );
  commentList(document, allow.comments, allow.trailing);
  document.commentBefore = [' From xymessagecenter.json of system A.', ...notes.map((note) => ` - ${note}`)].join('\n');
  return { yaml: document.toString({ lineWidth: 0 }), notes };
}

interface AllowList {
  readonly addresses: readonly string[];
  /** Comments by the index of the address that they stand before. */
  readonly comments: ReadonlyMap<number, string>;
  readonly trailing: string;
}

function allowList(list: readonly string[], notes: string[]): AllowList {
  const addresses: string[] = [];
  const comments = new Map<number, string>();
  let waiting: string[] = [];
  for (const entry of list.map((text) => text.trim())) {
    if (entry === '') continue;
    if (entry.startsWith('__')) {
      waiting.push(entry.slice(2));
    } else if (cidrProblem(entry) === undefined) {
      if (waiting.length > 0) comments.set(addresses.length, waiting.join('\n'));
      waiting = [];
      addresses.push(entry);
    } else notes.push(`dd_conf.white_list: ${JSON.stringify(entry)} is no address and was left out.`);
  }
  if (addresses.length === 0) {
    notes.push(
      'dd_conf.white_list is empty: A lets everybody call; here only this machine may, until access.allow or API keys say who.',
    );
  }
  return { addresses, comments, trailing: waiting.join('\n') };
}

/** As wide as system A listens, where the allow-list makes that safe. */
function hostFor(addresses: readonly string[]): string {
  if (addresses.length === 0) return '127.0.0.1';
  const isRemoteIPv6 = (address: string): boolean => {
    const [ip = ''] = address.split('/');
    return isIP(ip) === 6 && ip !== '::1';
  };
  return addresses.some(isRemoteIPv6) ? '::' : '0.0.0.0';
}

function mediaOf(media: SystemA['dd']['media'], notes: string[]): Record<string, { ext?: string; size?: number }> {
  const rules: Record<string, { ext?: string; size?: number }> = {};
  for (const [type, { ext = '', size = 0 }] of Object.entries({ file: DEFAULT_FILE_RULE, ...media })) {
    if (type.startsWith('__')) continue;
    const path = `dd_conf.media.${type}`;
    const limit = Object.entries(PLATFORM_MEDIA).find(([name]) => name === type)?.[1].size;
    if (limit === undefined) {
      notes.push(`${path} was left out: the platform has no such type.`);
      continue;
    }
    const extensions = ext.split('.').filter((part) => /^[A-Za-z0-9]+$/.test(part.trim()));
    if (extensions.length === 0) notes.push(`${path}.ext names no extension: the platform's apply.`);
    if (size <= 0) notes.push(`${path}.size is not set: the platform's limit applies.`);
    if (size > limit) notes.push(`${path}.size is above what the platform takes and became ${limit}.`);
    rules[type] = {
      ...(extensions.length === 0 ? {} : { ext: extensions.map((part) => `.${part.trim()}`).join('') }),
      ...(size <= 0 ? {} : { size: Math.min(size, limit) }),
    };
  }
  const without = Object.keys(PLATFORM_MEDIA).filter((type) => !Object.hasOwn(rules, type));
  if (without.length > 0) {
    notes.push(
      `dd_conf.media has no rule for ${without.join(', ')}: A applied that of file, here what the platform takes applies.`,
    );
  }
  return rules;
}

function noteTheRest(sys: SystemA['sys'], unknown: readonly string[], level: number, notes: string[]): void {
  const remote = sys.main_config;
  if (remote) {
    const used = (remote.interval ?? 0) >= MIN_REMOTE_INTERVAL;
    const secret = remote.secret_name ? ` (and ${remote.secret_name} is not needed any more)` : '';
    notes.push(
      `sys_conf.main_config was not carried over${secret}: A ${used ? 'fetched its configuration from a remote address' : 'had remote configuration, switched off'}; here the file is mounted or written, and followed when it changes.`,
    );
  }
  const fileLevel = levelOf(sys.log_file_level, level);
  if (fileLevel !== level)
    notes.push(
      `sys_conf.log_file_level (${LEVELS[fileLevel - 1]}) was not carried over: files have the level of logging.level.`,
    );
  if (sys.log_api)
    notes.push("sys_conf.log_api was not carried over: its protocol was A's own; see logging in the documentation.");
  if (sys.log_limit_num !== undefined || sys.log_limit_time !== undefined)
    notes.push('sys_conf.log_limit_num and log_limit_time were not carried over: repeated errors are limited anyway.');
  if (sys.debug)
    notes.push(
      'sys_conf.debug was not carried over: A ran in the foreground with it; so does `serve` without --daemon.',
    );
  if (sys.restart_main) notes.push('sys_conf.restart_main was not carried over: restart the gateway after an upgrade.');
  for (const path of unknown) notes.push(`${path} is nothing that A reads and was left out.`);
}

/** A level of system A, with what it takes for one that is out of range. */
function levelOf(level: number | undefined, fallback: number): number {
  return level === undefined || level < 1 || level > LEVELS.length ? fallback : level;
}

function comment(document: Document, path: readonly string[], text: string): void {
  const holder = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(holder) ? holder.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  if (isScalar(pair?.key)) pair.key.commentBefore = ` ${text}`;
}

function commentList(document: Document, comments: ReadonlyMap<number, string>, trailing: string): void {
  const list = document.getIn(['access', 'allow'], true);
  if (!isSeq(list)) return;
  for (const [index, text] of comments) {
    const item = list.items[index];
    if (isNode(item)) item.commentBefore = indented(text);
  }
  if (trailing !== '') list.comment = indented(trailing);
}

function indented(text: string): string {
  return text.replace(/^/gm, ' ');
}
