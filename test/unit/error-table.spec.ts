import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { dingtalkFacts } from '../../src/providers/dingtalk/dingtalk.facts.js';
import { ErrorTable, type ErrorEntry, type PlatformErrorKind } from '../../src/providers/error-table.js';
import { wecomFacts } from '../../src/providers/wecom/wecom.facts.js';

const root = new URL('../../', import.meta.url);
const dingtalk = ErrorTable.load(new URL('src/providers/dingtalk/dingtalk.errors.json', root));
const wecom = ErrorTable.load(new URL('src/providers/wecom/wecom.errors.json', root));

const anEntry: ErrorEntry = {
  code: '1',
  subCode: null,
  errmsgIncludes: null,
  kind: 'rejected',
  class: 'other',
  refreshToken: false,
  retryAfter: null,
  cause: { zh: '原因', en: 'cause' },
  hint: { zh: '处理', en: 'hint' },
  source: 'https://example.com/codes',
  confidence: 'certain',
};

/** The kind a table gives to `code` or `code/subCode`. */
function kindOf(table: ErrorTable, name: string, errmsg = ''): PlatformErrorKind | undefined {
  const [code = '', subCode] = name.split('/');
  return table.lookup({ code, subCode, errmsg })?.kind;
}

function hintsOf(table: ErrorTable, verdict: Parameters<ErrorTable['lookup']>[0]): { zh: string; en: string } {
  const entry = table.lookup(verdict);
  if (!entry) throw new Error(`no entry for ${verdict.code}`);
  return { zh: table.hint(entry, verdict, 'zh'), en: table.hint(entry, verdict, 'en') };
}

describe(ErrorTable.name, () => {
  describe.each([
    ['dingtalk', dingtalk, 325],
    ['wecom', wecom, 249],
  ] as const)('the table of %s', (name, table, size) => {
    it('is complete', () => {
      expect(table.entries).toHaveLength(size);
    });

    it('finds every entry it holds', () => {
      for (const entry of table.entries) {
        const { code, subCode, errmsgIncludes } = entry;
        expect(table.lookup({ code, subCode: subCode ?? undefined, errmsg: errmsgIncludes ?? '' })).toBe(entry);
      }
    });

    it('is sorted, one entry a line', () => {
      const lines = readFileSync(new URL(`src/providers/${name}/${name}.errors.json`, root), 'utf8')
        .trim()
        .split('\n');
      expect(lines).toHaveLength(size + 2);
      const numbers = table.entries.map((entry) => Number(entry.code)).filter((code) => !Number.isNaN(code));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      const names = table.entries.map((entry) => entry.code).filter((code) => Number.isNaN(Number(code)));
      expect(names).toEqual(names.toSorted());
    });

    it('reads well in both languages when no fact is known', () => {
      for (const entry of table.entries) {
        const { zh, en } = hintsOf(table, { code: entry.code, subCode: entry.subCode ?? undefined, errmsg: '' });
        expect(zh).toMatch(/\p{Script=Han}/u);
        for (const hint of [zh, en]) {
          expect(hint).not.toMatch(/[{}]|\[\[|\]\]| {2}|undefined|（\s*）|\(\s*\)/);
          expect(hint).not.toMatch(/^[\s，；;,.]|[\s，；;,]$/);
        }
        expect(en).not.toMatch(/\p{Script=Han}/u);
        expect(entry.cause.en).not.toMatch(/\p{Script=Han}/u);
      }
    });

    it('has only placeholders that the facts of the platform can fill', () => {
      const known = {
        dingtalk: ['ip', 'appKey', 'scope', 'applyUrl', 'subCode'],
        wecom: ['ip', 'hintId', 'field', 'limit'],
      };
      for (const { hint } of table.entries) {
        const used = (text: string): string[] => Array.from(text.matchAll(/\{(\w+)\}/g), (match) => match[1] ?? '');
        expect(used(hint.zh).toSorted()).toEqual(used(hint.en).toSorted());
        for (const placeholder of used(hint.zh)) expect(known[name]).toContain(placeholder);
      }
    });
  });

  describe('lookup', () => {
    it('prefers the pair of code and sub code', () => {
      expect(dingtalk.lookup({ code: '88', subCode: '60011', errmsg: '' })).toMatchObject({
        code: '88',
        subCode: '60011',
      });
    });

    it('takes the sub code as a code of its own when the pair is missing', () => {
      expect(dingtalk.lookup({ code: '88', subCode: '42001', errmsg: '' })).toMatchObject({
        code: '42001',
        refreshToken: true,
      });
      expect(kindOf(dingtalk, '88/90020')).toBe('provider-quota');
    });

    it('takes the general entry of a wrapping code without sub code', () => {
      expect(dingtalk.lookup({ code: '88', errmsg: '' })).toMatchObject({
        code: '88',
        subCode: null,
        kind: 'rejected',
      });
    });

    it('takes a code of a family that is not listed in full by its beginning, listed ones by their own entry', () => {
      expect(kindOf(dingtalk, 'Forbidden.AccessDenied.QpsLimitForSomethingNew')).toBe('provider-throttled');
      expect(dingtalk.lookup({ code: 'Forbidden.AccessDenied.QpmLimitForX', errmsg: '' })?.retryAfter).toBe(60);
      expect(dingtalk.lookup({ code: 'MissinguserIds', errmsg: '' })?.code).toBe('Missing*');
      expect(dingtalk.lookup({ code: 'Missingbody', errmsg: '' })?.code).toBe('Missingbody');
      expect(kindOf(dingtalk, 'Forbidden.AccessDenied.Unheard')).toBeUndefined();
    });

    it('takes no notice of upper and lower case', () => {
      expect(dingtalk.lookup({ code: 'invalidauthentication', errmsg: '' })?.code).toBe('InvalidAuthentication');
      expect(dingtalk.lookup({ code: 'InvalidParameter.UserIds.OverMax', errmsg: '' })?.kind).toBe('rejected');
    });

    it('does not know a wrapping code with an unknown sub code', () => {
      expect(dingtalk.lookup({ code: '88', subCode: '77777', errmsg: '' })).toBeUndefined();
    });

    it('takes the code when it does not wrap and the sub code is unknown', () => {
      expect(kindOf(dingtalk, '40035/isv.whatever')).toBe('rejected');
    });

    it.each([
      ['keywords not in content, more: [https://ding-doc.dingtalk.com]', 'rejected'],
      [
        'description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词，并在发送的信息中包含此关键词;',
        'rejected',
      ],
      ['invalid timestamp, more: [https://ding-doc.dingtalk.com]', 'credentials'],
      ['description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在 timestampms 以内;', 'credentials'],
      ['sign not match, more: [https://ding-doc.dingtalk.com]', 'credentials'],
      ['错误描述:机器人发送签名不匹配;解决方案:请确认签名和生成签名的时间戳必须都放在调用的网址中', 'credentials'],
      ['ip 203.0.113.7 NOT IN WHITELIST', 'ip-not-allowed'],
      ['something new', 'rejected'],
    ])('tells the 310000 of a DingTalk robot apart: %s', (errmsg, kind) => {
      const entry = dingtalk.lookup({ code: '310000', errmsg });
      expect(entry?.kind).toBe(kind);
      expect(entry?.errmsgIncludes === null).toBe(errmsg === 'something new');
    });

    it.each([
      ['', undefined],
      ['0', undefined],
      ['123456789', undefined],
      ['constructor', undefined],
      ['__proto__', undefined],
      ['88', 'constructor'],
    ])('does not know %s/%s', (code, subCode) => {
      expect(dingtalk.lookup({ code, subCode, errmsg: 'x' })).toBeUndefined();
      expect(wecom.lookup({ code, subCode, errmsg: 'x' })).toBeUndefined();
    });
  });

  describe('kinds', () => {
    it.each<[string, PlatformErrorKind]>([
      ['-1', 'provider-unavailable'],
      ['500', 'provider-unavailable'],
      ['34015', 'provider-unavailable'],
      ['system.busy', 'provider-unavailable'],
      ['unknown.send.result', 'outcome-unknown'],
      ['service.timeout', 'outcome-unknown'],
      ['22', 'rejected'],
      ['34014', 'rejected'],
      ['34013', 'rejected'],
      ['33012', 'rejected'],
      ['40035', 'rejected'],
      ['49005', 'rejected'],
      ['41029', 'rejected'],
      ['41049', 'rejected'],
      ['41052', 'rejected'],
      ['50002', 'rejected'],
      ['460101', 'rejected'],
      ['only.groupAdmin.canAtAll', 'rejected'],
      ['1430004', 'rejected'],
      ['40014', 'credentials'],
      ['42001', 'credentials'],
      ['88/40014', 'credentials'],
      ['88/40000', 'credentials'],
      ['InvalidAuthentication', 'credentials'],
      ['AuthenticationFailed.MissingParameter', 'credentials'],
      ['invalidClientIdOrSecret', 'credentials'],
      ['40089', 'credentials'],
      ['40096', 'credentials'],
      ['41020', 'credentials'],
      ['40056', 'credentials'],
      ['300001', 'credentials'],
      ['invalidParameter.robotCode.auth', 'credentials'],
      ['60011', 'permission'],
      ['88/60011', 'permission'],
      ['50003', 'permission'],
      ['400102', 'permission'],
      ['Forbidden.AccessDenied.AccessTokenPermissionDenied', 'permission'],
      ['60020', 'ip-not-allowed'],
      ['88/60020', 'ip-not-allowed'],
      ['Forbidden.AccessDenied.IpNotInWhiteList', 'ip-not-allowed'],
      ['90002', 'provider-throttled'],
      ['90018', 'provider-throttled'],
      ['88/90018', 'provider-throttled'],
      ['1111', 'provider-throttled'],
      ['410100', 'provider-throttled'],
      ['130101', 'provider-throttled'],
      ['143103', 'provider-throttled'],
      ['143204', 'provider-throttled'],
      ['41047', 'provider-throttled'],
      ['Forbidden.AccessDenied.QpsLimitForApi', 'provider-throttled'],
      ['Forbidden.AccessDenied.QpsLimitForAppkeyAndApi', 'provider-throttled'],
      ['Forbidden.AccessDenied.ApiCountLimitForOrg', 'provider-quota'],
      ['90020', 'provider-quota'],
      ['90030', 'provider-quota'],
      ['20001', 'provider-quota'],
      ['143105', 'provider-quota'],
      ['143106', 'provider-quota'],
      ['143205', 'provider-quota'],
      ['143206', 'provider-quota'],
      ['41045', 'provider-quota'],
      ['41046', 'provider-quota'],
      ['49021', 'provider-quota'],
    ])('DingTalk %s is %s', (name, kind) => {
      expect(kindOf(dingtalk, name)).toBe(kind);
    });

    it.each<[string, PlatformErrorKind]>([
      ['-1', 'provider-unavailable'],
      ['6000', 'provider-unavailable'],
      ['45035', 'provider-unavailable'],
      ['81026', 'provider-unavailable'],
      ['40001', 'credentials'],
      ['40013', 'credentials'],
      ['40014', 'credentials'],
      ['40056', 'credentials'],
      ['40082', 'credentials'],
      ['40091', 'credentials'],
      ['41001', 'credentials'],
      ['42001', 'credentials'],
      ['42009', 'credentials'],
      ['45031', 'credentials'],
      ['93000', 'credentials'],
      ['40003', 'rejected'],
      ['40058', 'rejected'],
      ['40201', 'rejected'],
      ['44001', 'rejected'],
      ['45002', 'rejected'],
      ['60111', 'rejected'],
      ['81013', 'rejected'],
      ['82001', 'rejected'],
      ['86008', 'rejected'],
      ['93018', 'rejected'],
      ['301002', 'permission'],
      ['48002', 'permission'],
      ['50003', 'permission'],
      ['60011', 'permission'],
      ['60031', 'permission'],
      ['93004', 'permission'],
      ['60020', 'ip-not-allowed'],
      ['301042', 'ip-not-allowed'],
      ['45009', 'provider-throttled'],
      ['45033', 'provider-throttled'],
      ['45036', 'provider-throttled'],
    ])('WeCom %s is %s', (name, kind) => {
      expect(kindOf(wecom, name)).toBe(kind);
    });

    it('refreshes the token for exactly the codes that mean a bad token', () => {
      const refreshing = (table: ErrorTable): string[] =>
        table.entries
          .filter((entry) => entry.refreshToken)
          .map((entry) => (entry.subCode === null ? entry.code : `${entry.code}/${entry.subCode}`))
          .toSorted();
      expect(refreshing(dingtalk)).toEqual(['33001', '40001', '40014', '42001', '88/40014', 'InvalidAuthentication']);
      expect(refreshing(wecom)).toEqual(['40001', '40014', '42001']);
    });

    it.each([
      [dingtalk, '1111', 300],
      [dingtalk, '90001', 300],
      [dingtalk, '90018', 1],
      [dingtalk, '410100', 600],
      [dingtalk, '143106', null],
      [dingtalk, '34014', null],
      [wecom, '45009', 60],
      [wecom, '40014', null],
    ])('says how long to wait', (table, code, seconds) => {
      expect(table.lookup({ code, errmsg: '' })?.retryAfter).toBe(seconds);
    });
  });

  describe('hint', () => {
    const ip = 'ding talk error[subcode=60020,submsg=访问ip不在白名单之中,request ip=203.0.113.7 appKey(dingabc123)]';

    it('quotes the address that DingTalk saw', () => {
      const verdict = { code: '88', subCode: '60020', errmsg: ip, facts: dingtalkFacts(ip) };
      expect(hintsOf(dingtalk, verdict)).toEqual({
        zh: '把出口 IP（平台看到的是 203.0.113.7）加入应用 dingabc123 的“服务器出口IP”；注意 IPv6 出口',
        en: 'Add the egress IP (the platform saw 203.0.113.7) to the server egress IP list of the app dingabc123; watch out for IPv6 egress',
      });
    });

    it('reads well without the address', () => {
      expect(hintsOf(dingtalk, { code: '88', subCode: '60020', errmsg: '' })).toEqual({
        zh: '把出口 IP加入应用的“服务器出口IP”；注意 IPv6 出口',
        en: 'Add the egress IP to the server egress IP list of the app; watch out for IPv6 egress',
      });
    });

    it('names the missing scope and the page to apply for it', () => {
      const errmsg =
        '应用尚未开通所需的权限：[qyapi_get_member]，点击链接申请并开通即可：https://open-dev.dingtalk.com/appscope/apply?content=dingabc%23qyapi_get_member';
      const hints = hintsOf(dingtalk, { code: '60011', errmsg, facts: dingtalkFacts(errmsg) });
      expect(hints.en).toBe(
        "Grant the permission point qyapi_get_member under the app's permission management; apply at https://open-dev.dingtalk.com/appscope/apply?content=dingabc%23qyapi_get_member",
      );
      expect(hints.zh).toContain('权限点 qyapi_get_member，申请链接：https://');
      expect(hintsOf(dingtalk, { code: '60011', errmsg: '' }).zh).toBe('在应用的权限管理里开通权限点');
    });

    it('names the WeCom field that is too long, and its cap', () => {
      const errmsg =
        'markdown.content exceed max length 4096. invalid Request Parameter, hint: [1704540159128593240839785]';
      const hints = hintsOf(wecom, { code: '40058', errmsg, facts: wecomFacts(errmsg) });
      expect(hints.zh).toMatch(/^字段 markdown\.content 超过上限 4096；.*；排查号 1704540159128593240839785$/);
      expect(hints.en).toMatch(
        /^Field markdown\.content exceeds its limit of 4096\. .*Hint number 1704540159128593240839785$/,
      );
      expect(hintsOf(wecom, { code: '40058', errmsg: '' }).en).toMatch(/^Bad JSON/);
    });

    it('drops a segment when one of its facts is missing or empty', () => {
      const table = new ErrorTable([
        { ...anEntry, hint: { zh: '改[[ {field}（{limit}）]]', en: 'cut[[ {field} to {limit}]]' } },
      ]);
      const hint = (facts?: Record<string, string>): string => hintsOf(table, { code: '1', errmsg: '', facts }).en;
      expect(hint()).toBe('cut');
      expect(hint({ field: 'text' })).toBe('cut');
      expect(hint({ field: 'text', limit: '' })).toBe('cut');
      expect(hint({ field: 'text', limit: '5' })).toBe('cut text to 5');
    });

    it('quotes a fact literally, whatever it looks like', () => {
      const table = new ErrorTable([{ ...anEntry, hint: { zh: '看[[ {constructor}{ip}]]', en: 'see[[ {ip}]]' } }]);
      const verdict = { code: '1', errmsg: '', facts: { ip: '$& {field} [[x]]' } };
      expect(hintsOf(table, verdict)).toEqual({ zh: '看', en: 'see $& {field} [[x]]' });
    });
  });

  describe('load', () => {
    const folder = mkdtempSync(join(tmpdir(), 'error-table-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    const load = (text: string): ErrorTable => {
      const file = join(folder, 'test.errors.json');
      writeFileSync(file, text);
      return ErrorTable.load(pathToFileURL(file));
    };

    it('accepts a well-formed table', () => {
      expect(load(JSON.stringify([anEntry])).entries).toEqual([anEntry]);
    });

    it.each<[string, unknown, string]>([
      ['an object', { a: 1 }, 'must be an array of entries'],
      ['an entry that is no object', [null], 'entry 0 must be an object'],
      ['a numeric code', [{ ...anEntry, code: 1 }], 'entry 0: code must be text'],
      ['an unknown kind', [{ ...anEntry, kind: 'odd' }], '(code 1): kind "odd" is not one of rejected, credentials'],
      ['an unknown class', [{ ...anEntry, class: 'odd' }], 'class "odd" is not one of'],
      ['an unknown confidence', [{ ...anEntry, confidence: 'sure' }], 'confidence "sure" is not one of'],
      ['a missing language', [{ ...anEntry, hint: { zh: '处理' } }], 'hint.en is missing'],
      ['an empty cause', [{ ...anEntry, cause: { zh: ' ', en: 'x' } }], 'cause.zh is missing'],
      ['a missing source', [{ ...anEntry, source: '' }], 'source is missing'],
      ['a misspelt member', [{ ...anEntry, retry_after: 1 }], 'unknown member retry_after'],
      ['an undefined sub code', [{ ...anEntry, subCode: 5 }], 'subCode must be text or null'],
      ['no refreshToken', [{ ...anEntry, refreshToken: 'no' }], 'refreshToken must be true or false'],
      [
        'a refresh for another kind',
        [{ ...anEntry, refreshToken: true }],
        'refreshToken goes with kind credentials only',
      ],
      ['a wait that helps nobody', [{ ...anEntry, retryAfter: 5 }], 'retryAfter must be null for kind rejected'],
      [
        'throttling without a wait',
        [{ ...anEntry, kind: 'provider-throttled' }],
        'retryAfter must be a positive number',
      ],
      ['a bare placeholder', [{ ...anEntry, hint: { zh: '看 {ip}', en: 'x' } }], 'must stand inside [[…]]'],
      ['a hint of nothing but facts', [{ ...anEntry, hint: { zh: '[[{ip}]]', en: 'x' } }], 'says nothing when'],
      ['a duplicate', [anEntry, anEntry], '1 is listed twice'],
    ])('refuses %s and says why', (_what, data, reason) => {
      expect(() => load(JSON.stringify(data))).toThrow(`test.errors.json: `);
      expect(() => load(JSON.stringify(data))).toThrow(reason);
    });

    it('names the file that is no JSON', () => {
      expect(() => load('{')).toThrow(/^test\.errors\.json: /);
    });
  });
});

describe(dingtalkFacts.name, () => {
  it.each<[string, Record<string, string>]>([
    ['', {}],
    ['不合法的access_token', {}],
    [
      'ding talk error[subcode=60020,submsg=访问ip不在白名单之中,request ip=203.0.113.7 appKey(ding-example)]',
      { ip: '203.0.113.7', appKey: 'ding-example', subCode: '60020' },
    ],
    ['request ip=2001:db8::1, appkey=dingabc', { ip: '2001:db8::1', appKey: 'dingabc' }],
    ['ip 203.0.113.7 not in whitelist', { ip: '203.0.113.7' }],
    ['the ip added last, request ip: 203.0.113.9.', { ip: '203.0.113.9' }],
    ['request ip=999.1.1.1', {}],
    ['应用尚未开通所需的权限：[qyapi_robot_sendmsg]', { scope: 'qyapi_robot_sendmsg' }],
    ['应用尚未开通所需的权限:[Contact.User.Read, qyapi_get_member]', { scope: 'Contact.User.Read, qyapi_get_member' }],
    ['应用尚未开通所需的权限：[<script>]', {}],
  ])('reads %s', (errmsg, facts) => {
    expect(dingtalkFacts(errmsg)).toEqual(facts);
  });

  it('reads the sub message and the access-denied detail too', () => {
    expect(dingtalkFacts('Forbidden', { subMsg: '{"requiredScopes":["Robot.Message.Write","x_y"]}' })).toEqual({
      scope: 'Robot.Message.Write, x_y',
    });
  });
});

describe(wecomFacts.name, () => {
  it.each<[string, Record<string, string>]>([
    ['', {}],
    [
      'not allow to access from your ip, hint: [1662317178339603627481038], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=60020',
      { ip: '203.0.113.7', hintId: '1662317178339603627481038' },
    ],
    [
      'text.content exceed max length 5120. Invalid input invalid Request Parameter, hint: [1637397206_195_a8845607a1b49e], from ip: 2001:db8::1, more',
      { field: 'text.content', limit: '5120', hintId: '1637397206_195_a8845607a1b49e', ip: '2001:db8::1' },
    ],
    ['invalid credential, hint: [1], from ip: x.x.x.x, more', { hintId: '1' }],
  ])('reads %s', (errmsg, facts) => {
    expect(wecomFacts(errmsg)).toEqual(facts);
  });
});

describe('facts of a hostile reply', () => {
  const kilobytes = (unit: string): string => unit.repeat(Math.ceil(100_000 / unit.length));

  it.each([
    'a',
    'ip',
    'ip=',
    'ip: ',
    'from ip: 1.1.1.',
    'ip=::::',
    'hint: [',
    'hint: [a',
    'scope[',
    '权限：[a,',
    'a.a.a.',
    'a exceed max length ',
    'https://open-dev.dingtalk.com/',
    'subcode=',
    'appKey(((',
    ' ',
    '\n',
    '"',
  ])('are found, or not, within 50 ms: %j', (unit) => {
    const text = kilobytes(unit);
    const start = performance.now();
    const all = [dingtalkFacts(text, { subMsg: text }), wecomFacts(text, { subMsg: text })];
    expect(performance.now() - start).toBeLessThan(50);
    for (const facts of all) for (const fact of Object.values(facts)) expect(fact.length).toBeLessThan(1100);
  });
});

describe('docs/errors', () => {
  const page = (name: string): string => readFileSync(new URL(`docs/errors/${name}`, root), 'utf8');

  it.each([
    ['dingtalk', dingtalk],
    ['wecom', wecom],
  ])('lists every code of %s', (name, table) => {
    const rows = page(`${name}.md`).match(/^\| `/gm);
    expect(rows).toHaveLength(table.entries.length);
  });

  it('has a section for every kind', () => {
    const sections = Array.from(page('README.md').matchAll(/^## (.+)$/gm), (match) => match[1]);
    expect(sections).toEqual(
      expect.arrayContaining([...new Set([...dingtalk.entries, ...wecom.entries].map((entry) => entry.kind))]),
    );
    expect(sections).toHaveLength(19);
  });
});
