import { Controller, Get, Header, NotFoundException } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { ERROR_KINDS, kindRule, type ErrorKind } from '../envelope/kinds.js';
import { RawResponse } from '../envelope/raw-response.js';
import { OpenToAll } from '../inbound/access.guard.js';
import type { ErrorEntry } from '../providers/error-table.js';
import type { ProviderDefinition } from '../providers/provider.contract.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { ApiExcludeController } from './openapi.decorators.js';

/** The page that `error.docs` of an answer points to: every kind has an anchor, every known code a row. */
@ApiExcludeController()
@Controller('docs/errors')
@OpenToAll()
@RawResponse()
export class ErrorPageController {
  private page: string | undefined;

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly config: ConfigService,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
  show(): string {
    if (!this.config.current.docs.enabled) throw new NotFoundException();
    this.page ??= errorPage(this.registry.all);
    return this.page;
  }
}

const STYLE =
  'body{font:15px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;margin:0 auto;max-width:64rem;padding:1.5rem}' +
  'table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{border:1px solid #8885;padding:.3rem .5rem;text-align:left;vertical-align:top}' +
  'code{font-family:ui-monospace,monospace}h2{margin-top:2.5rem}:target{background:#fd76}';

function errorPage(providers: readonly ProviderDefinition[]): string {
  const kinds = ERROR_KINDS.map((kind) => kindSection(kind, providers)).join('\n');
  return (
    `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>错误种类 · Error kinds</title><style>${STYLE}</style></head>` +
    `<body><h1>错误种类 · Error kinds</h1>${kinds}</body></html>`
  );
}

function kindSection(kind: ErrorKind, providers: readonly ProviderDefinition[]): string {
  const rule = kindRule(kind);
  const facts = `HTTP ${rule.status} · ${rule.retryable ? '可原样重试 retryable' : '不可原样重试 not retryable'}`;
  const tables = providers
    .map((provider) =>
      codeTable(
        provider,
        provider.errors.entries.filter((entry) => entry.kind === kind),
      ),
    )
    .join('');
  return (
    `<section id="${kind}"><h2><code>${kind}</code></h2><p>${facts}</p>` +
    `<p>${text(rule.sentence.zh)}。${text(rule.hint.zh)}。<br>${text(rule.sentence.en)}. ${text(rule.hint.en)}.</p>${tables}</section>`
  );
}

function codeTable(provider: ProviderDefinition, entries: readonly ErrorEntry[]): string {
  if (entries.length === 0) return '';
  const rows = entries.map(codeRow).join('');
  return `<h3>${text(provider.title.zh)} ${text(provider.title.en)}</h3><table><tr><th>code</th><th>原因 Cause</th><th>办法 What to do</th></tr>${rows}</table>`;
}

function codeRow({ code, subCode, cause, hint }: ErrorEntry): string {
  const name = subCode === null ? code : `${code} / ${subCode}`;
  return (
    `<tr><td><code>${text(name)}</code></td><td>${text(cause.zh)}<br>${text(cause.en)}</td>` +
    `<td>${text(withoutFacts(hint.zh))}<br>${text(withoutFacts(hint.en))}</td></tr>`
  );
}

/** Segments that quote facts of an answer say nothing without one. */
function withoutFacts(hint: string): string {
  return hint.replace(/\[\[[^[\]]*\]\]/g, '');
}

function text(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
