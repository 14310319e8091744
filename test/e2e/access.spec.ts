import { describe, expect, it, onTestFinished } from 'vitest';
import { aNotice, startDingTalkWorld, type DingTalkWorld } from '../support/dingtalk.js';
import { call, type TestAnswer } from '../support/gateway.js';

/** The tests' own address, from which every request comes; as a trusted proxy it may speak for others. */
const TESTS = '127.0.0.1';

interface AccessRules {
  readonly allow?: readonly unknown[];
  /** Default: the tests' own address. */
  readonly trustProxy?: readonly string[];
}

class Gate {
  constructor(private readonly world: DingTalkWorld) {}

  /** What `GET /sys/check` says to a request with this X-Forwarded-For, or to one without. */
  async check(forwarded?: string): Promise<string> {
    return (await this.get('/sys/check', forwarded)).text;
  }

  get(path: string, forwarded?: string): Promise<TestAnswer> {
    return call(this.world.url + path, this.from(forwarded));
  }

  notify(forwarded: string, body: Readonly<Record<string, unknown>> = {}, app?: string): Promise<TestAnswer> {
    const { headers } = this.from(forwarded);
    return this.world.notify(aNotice(body), {
      headers: { ...headers, ...(app === undefined ? {} : { 'X-App': app }) },
    });
  }

  private from(forwarded: string | undefined): { headers: Record<string, string> } {
    return { headers: forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded } };
  }
}

async function startGate({ allow = [], trustProxy = [TESTS] }: AccessRules): Promise<Gate> {
  const app = { name: 'default', appKey: 'key-of-default', appSecret: 'secret-of-default', agentId: 1 };
  const world = await startDingTalkWorld({
    dingtalk: { apps: [app, { name: 'ops', appKey: 'key-of-ops', appSecret: 'secret-of-ops', agentId: 2 }] },
    settings: { 'access.allow': allow, 'server.trustProxy': trustProxy },
  });
  onTestFinished(() => world.close());
  return new Gate(world);
}

describe('who may call', () => {
  describe('with nothing configured', () => {
    it('this machine may, and learns its address at /sys/check', async () => {
      const gate = await startGate({ trustProxy: [] });
      const answer = await gate.get('/sys/check');
      expect(answer).toMatchObject({ status: 200, text: TESTS });
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    });

    it('nobody else may', async () => {
      const gate = await startGate({});
      expect(await gate.get('/sys/check', '10.0.0.1')).toMatchObject({ status: 403, text: '非法来访: 10.0.0.1' });
      expect((await gate.get('/sys/check', '127.0.0.9')).status).toBe(200);
    });

    it('whoever sends X-Forwarded-For without being a trusted proxy may not, this machine included', async () => {
      const gate = await startGate({ trustProxy: [] });
      expect((await gate.get('/sys/check', '127.0.0.1')).status).toBe(403);
      const answer = await gate.get('/sys/status', '127.0.0.1');
      expect(answer).toMatchObject({ status: 403, text: '非法来访: 127.0.0.1' });
    });
  });

  describe('with an allow-list', () => {
    it('this machine is no exception any more', async () => {
      const gate = await startGate({ allow: ['10.0.0.1'], trustProxy: [] });
      expect(await gate.get('/sys/check')).toMatchObject({ status: 403, text: '非法来访: 127.0.0.1' });
    });

    it.each([
      ['an IPv4 address', '10.0.0.1', ['10.0.0.1'], ['10.0.0.2', '110.0.0.1']],
      ['an IPv4 network', '10.0.1.0/24', ['10.0.1.0', '10.0.1.255'], ['10.0.2.0', '10.0.0.255']],
      ['an IPv4 network with host bits', '10.0.1.77/24', ['10.0.1.1'], ['10.0.2.1']],
      ['every IPv4 address', '0.0.0.0/0', ['203.0.113.9'], ['2001:db8::1']],
      ['an IPv6 address', '2001:db8::7', ['2001:db8::7', '2001:0DB8:0::7'], ['2001:db8::8']],
      ['an IPv6 network', 'fd00::/8', ['fd12:3456::1'], ['fe80::1']],
      ['a mapped IPv4 address', '::ffff:10.0.0.1', ['10.0.0.1', '::ffff:10.0.0.1'], ['10.0.0.2']],
      ['a mapped IPv4 network', '::ffff:10.0.0.0/104', ['10.9.9.9'], ['11.0.0.1']],
      ['an IPv6 address with a zone', 'fe80::1%eth0', ['fe80::1'], ['fe80::2']],
    ])('%s lets in just that', async (_name, cidr, insiders, outsiders) => {
      const gate = await startGate({ allow: [cidr] });
      for (const address of insiders) expect((await gate.get('/sys/check', address)).status, address).toBe(200);
      for (const address of outsiders) expect((await gate.get('/sys/check', address)).status, address).toBe(403);
    });

    it('an IPv4 caller may be written as mapped IPv6, in either spelling', async () => {
      const gate = await startGate({ allow: ['10.0.0.1'] });
      expect(await gate.check('::ffff:10.0.0.1')).toBe('10.0.0.1');
      expect((await gate.get('/sys/check', '::ffff:0a00:0001')).status).toBe(200);
      expect((await gate.get('/sys/check', '::ffff:0a00:0002')).status).toBe(403);
    });

    it('comments and blanks are passed over, as in system A', async () => {
      const gate = await startGate({ allow: ['__office', '10.0.0.1', '', '  ', '__10.0.0.2', '10.0.0.3'] });
      const statuses = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(
        async (address) => (await gate.get('/sys/check', address)).status,
      );
      expect(await Promise.all(statuses)).toEqual([200, 403, 200]);
    });

    it('a list of comments alone allows this machine alone', async () => {
      const gate = await startGate({ allow: ['__nothing yet'], trustProxy: [] });
      expect((await gate.get('/sys/check')).status).toBe(200);
    });

    it('500 entries with duplicates are no trouble', async () => {
      const addresses = Array.from({ length: 250 }, (_, index) => `10.1.${index}.7`);
      const gate = await startGate({ allow: [...addresses, ...addresses] });
      expect(await gate.check('10.1.249.7')).toBe('10.1.249.7');
      expect(await gate.check('10.1.249.8')).toBe('非法来访: 10.1.249.8');
    });
  });

  describe('behind trusted proxies', () => {
    const proxies = [TESTS, '10.0.0.0/8'];

    it.each([
      ['the client alone', '203.0.113.7', '203.0.113.7'],
      ['past further proxies, from the right', '203.0.113.7, 10.1.1.1, 10.2.2.2', '203.0.113.7'],
      ['never past a stranger, whatever stands left of it', '198.51.100.1, 203.0.113.7, 10.1.1.1', '203.0.113.7'],
      ['with a port', '203.0.113.7:52011', '203.0.113.7'],
      ['IPv6 in brackets', '[2001:db8::7]', '2001:db8::7'],
      ['IPv6 in brackets with a port', '[2001:db8::7]:52011', '2001:db8::7'],
      ['IPv6 with a zone', 'fe80::7%eth0', 'fe80::7'],
      ['with blanks', '   203.0.113.7  ', '203.0.113.7'],
      ['a chain of proxies alone', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ])('the caller is read from X-Forwarded-For: %s', async (_name, forwarded, address) => {
      const gate = await startGate({ allow: ['0.0.0.0/0', '::/0'], trustProxy: proxies });
      expect(await gate.check(forwarded)).toBe(address);
    });

    it.each([
      ['no address', 'unknown'],
      ['a name', 'localhost'],
      ['an empty hop', '203.0.113.7,'],
      ['nothing', ' '],
      ['an obfuscated hop', '_hidden, 10.1.1.1'],
      ['more hops than any honest chain', Array.from({ length: 33 }, () => '10.1.1.1').join(',')],
    ])('a caller that cannot be judged is refused: %s', async (_name, forwarded) => {
      const gate = await startGate({ allow: ['0.0.0.0/0', '::/0'], trustProxy: proxies });
      expect((await gate.get('/sys/check', forwarded)).status).toBe(403);
    });

    it('the proxy itself may call when it is listed', async () => {
      const gate = await startGate({ allow: [TESTS] });
      expect(await gate.check()).toBe(TESTS);
    });
  });

  describe('an entry says what its callers may do', () => {
    it('by default: send, read, and reach everybody', async () => {
      const gate = await startGate({ allow: ['10.0.0.1'] });
      expect((await gate.notify('10.0.0.1')).status).toBe(200);
      expect((await gate.notify('10.0.0.1', { to_all_user: true })).status).toBe(200);
      expect((await gate.get('/sys/status', '10.0.0.1')).status).toBe(200);
    });

    it('with read alone: no sending', async () => {
      const gate = await startGate({ allow: [{ cidr: '10.0.0.1', scopes: ['read'] }] });
      expect((await gate.get('/sys/status', '10.0.0.1')).status).toBe(200);
      const answer = await gate.notify('10.0.0.1');
      expect(answer).toMatchObject({ status: 403, body: { error: { kind: 'forbidden' } } });
      expect(answer.body.error?.hint).toContain('send');
    });

    it('with send alone: no reading', async () => {
      const gate = await startGate({ allow: [{ cidr: '10.0.0.1', scopes: ['send'] }] });
      expect((await gate.notify('10.0.0.1')).status).toBe(200);
      expect((await gate.get('/v1/dd/chat/get?chatid=x', '10.0.0.1')).status).toBe(403);
      expect((await gate.get('/sys/status', '10.0.0.1')).status).toBe(403);
    });

    it.each([
      ['to_all_user', { to_all_user: true }],
      ['the root department', { dept_id_list: '2,1' }],
    ])('without broadcast: nothing to everybody (%s)', async (_name, recipients) => {
      const gate = await startGate({ allow: [{ cidr: '10.0.0.1', scopes: ['send'] }] });
      const answer = await gate.notify('10.0.0.1', recipients);
      expect(answer).toMatchObject({ status: 403, body: { msg: '没有权限', error: { kind: 'forbidden' } } });
      expect(answer.body.error?.hint).toContain('broadcast');
    });

    it.each([
      [['dingtalk/ops'], { ops: 200, default: 403 }],
      [['dingtalk/*'], { ops: 200, default: 200 }],
      [['*'], { ops: 200, default: 200 }],
      [['wecom/*'], { ops: 403, default: 403 }],
      [[], { ops: 403, default: 403 }],
    ])('with the apps %j: just those', async (apps, expected) => {
      const gate = await startGate({ allow: [{ cidr: '10.0.0.1', apps }] });
      for (const [app, status] of Object.entries(expected)) {
        expect((await gate.notify('10.0.0.1', {}, app)).status, app).toBe(status);
      }
    });

    it('an app that may not be used is refused before anything is sent', async () => {
      const gate = await startGate({ allow: [{ cidr: '10.0.0.1', apps: ['dingtalk/default'] }] });
      const answer = await gate.notify('10.0.0.1', {}, 'ops');
      expect(answer).toMatchObject({ status: 403, body: { msg: '没有权限' } });
    });

    it('the first entry that fits decides', async () => {
      const gate = await startGate({ allow: [{ cidr: '10.0.0.1', scopes: ['read'] }, '10.0.0.0/8'] });
      expect((await gate.notify('10.0.0.1')).status).toBe(403);
      expect((await gate.notify('10.0.0.2')).status).toBe(200);
    });
  });

  it.each(['/heartbeat', '/ping', '/health/live', '/health/ready', '/docs', '/docs-json'])(
    '%s is open to all',
    async (path) => {
      const gate = await startGate({ allow: ['10.0.0.1'] });
      expect((await gate.get(path, '203.0.113.7')).status).toBe(200);
    },
  );

  it('heartbeat and ping say what system A says', async () => {
    const gate = await startGate({});
    expect((await gate.get('/heartbeat')).text).toBe('OK');
    expect((await gate.get('/ping')).text).toBe('PONG');
  });

  it('a stranger’s body is not even read', async () => {
    const gate = await startGate({ allow: ['10.0.0.1'] });
    const answer = await gate.notify('203.0.113.7', { padding: 'x'.repeat(300_000) });
    expect(answer.status).toBe(403);
  });
});
