/**
 * The one redactor: everything that leaves as text (log lines, errors, answers, status) goes through it. It knows
 * names that carry secrets, and the live secret values themselves, wherever they stand.
 */

const MASK = '***';

/** Query parameters and JSON members whose value is a secret at either platform or with us. */
const NAMES = [
  'access_token',
  'accessToken',
  'x-acs-dingtalk-access-token',
  'appsecret',
  'appSecret',
  'app_secret',
  'corpsecret',
  'corpSecret',
  'corp_secret',
  'client_secret',
  'secret',
  'password',
  'authorization',
  'x-api-key',
  'cookie',
  'key',
  'sign',
].map((name) => name.toLowerCase());

const NAMED_IN_QUERY = new RegExp(`([?&](?:${NAMES.map(escape).join('|')})=)[^&\\s"'\\\\]+`, 'gi');
const NAMED_IN_JSON = new RegExp(`("(?:${NAMES.map(escape).join('|')})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)+(")`, 'gi');

/** Shorter values would mask ordinary words. */
const MIN_SECRET_LENGTH = 6;

export class Redactor {
  private readonly live = new Map<string, number>();
  private pattern: RegExp | undefined;

  /** From now on this value never appears in any output. Undone by {@link forget} once per call. */
  learn(secret: string | undefined): void {
    if (secret === undefined || secret.length < MIN_SECRET_LENGTH) return;
    this.live.set(secret, (this.live.get(secret) ?? 0) + 1);
    if (this.live.get(secret) === 1) this.compile();
  }

  /** The value is no longer a secret of ours: a token that was replaced. */
  forget(secret: string | undefined): void {
    if (secret === undefined) return;
    const count = this.live.get(secret);
    if (count === undefined) return;
    if (count > 1) {
      this.live.set(secret, count - 1);
      return;
    }
    this.live.delete(secret);
    this.compile();
  }

  /** The text without any secret. */
  redact(text: string): string {
    let safe = text;
    if (text.includes('=')) safe = safe.replace(NAMED_IN_QUERY, `$1${MASK}`);
    if (text.includes('"')) safe = safe.replace(NAMED_IN_JSON, `$1${MASK}$2`);
    return this.pattern ? safe.replace(this.pattern, MASK) : safe;
  }

  private compile(): void {
    const forms = new Set<string>();
    for (const secret of this.live.keys()) {
      forms.add(secret);
      forms.add(encodeURIComponent(secret));
      forms.add(JSON.stringify(secret).slice(1, -1));
    }
    const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
    this.pattern = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.map(escape).join('|'), 'g');
  }
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
