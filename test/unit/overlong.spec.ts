import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/providers/delivery-error.js';
import { jsonBytes, utf8Bytes, type LongText, type TextFormat } from '../../src/providers/overlong/long-text.js';
import { fitted, MAX_PARTS } from '../../src/providers/overlong/overlong.js';
import { rendered, split, type Part } from '../../src/providers/overlong/split.js';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function splitInto(text: string, room: number, format: TextFormat = 'markdown'): readonly Part[] {
  return split(text, { format, room, measure: utf8Bytes, wholeBlocks: true });
}

function textsOf(text: string, room: number, format: TextFormat = 'markdown'): readonly string[] {
  return splitInto(text, room, format).map(rendered);
}

function long(text: string, more: Partial<LongText<unknown>> = {}): LongText<unknown> {
  return { path: 'markdown.content', text, format: 'markdown', limit: 200, parts: (texts) => texts, ...more };
}

/** Pieces of Markdown, Chinese, English, emoji and of what is neither. */
const fragment = fc.oneof(
  fc.constantFrom(
    '# 标题\n',
    '## Heading\n\n',
    '- 项目 one\n- item two\n',
    '> 引用 quoted\n',
    '| a | b |\n| --- | :-: |\n| 1 | 二 |\n| 3 | 四 |\n',
    '```ts\nconst a = 1;\nconst b = 2;\n```\n',
    '~~~\ncode without end\n',
    '[链接](https://example.com/a/b?c=d) ',
    '**粗体** `code` <@zhangsan> ',
    '👩‍👩‍👧‍👦',
    '🇨🇳🇩🇪',
    'é́',
    '，\u0301',
    '第一句。第二句！第三句？',
    'A sentence. And another one. ',
    '\n\n',
    '\r\n',
    '   ',
    '|',
    '```',
  ),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('字', 'a', ' ', '\n', '|', '`', '[', '<', '😀'), maxLength: 200 }),
);
const document = fc.array(fragment, { maxLength: 40 }).map((fragments) => fragments.join(''));
const format = fc.constantFrom<TextFormat>('markdown', 'text');

describe('a text that is split', () => {
  it('loses nothing: the pieces put together are the text', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 64, max: 400 }), format, (text, room, kind) => {
        expect(
          splitInto(text, room, kind)
            .map(({ body }) => body)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('has parts that all fit, as UTF-8 and as JSON', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 64, max: 400 }), format, (text, room, kind) => {
        for (const measure of [utf8Bytes, jsonBytes]) {
          for (const wholeBlocks of [true, false]) {
            for (const part of split(text, { format: kind, room, measure, wholeBlocks }))
              expect(measure(rendered(part))).toBeLessThanOrEqual(room);
          }
        }
      }),
    );
  });

  it('has parts that fit with the heading that moved to the block below it', () => {
    const text = '# 标题\n**粗体** `code` <@zhangsan> ```ts\nconst a = 1;\nconst b = 2;\n```\n';
    for (const part of split(text, { format: 'markdown', room: 71, measure: jsonBytes, wholeBlocks: true }))
      expect(jsonBytes(rendered(part))).toBeLessThanOrEqual(71);
  });

  it('is never cut inside a character as people see it', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 64, max: 300 }), format, (text, room, kind) => {
        const boundaries = new Set(Array.from(graphemes.segment(text), ({ index }) => index));
        let at = 0;
        for (const { body } of splitInto(text, room, kind)) {
          expect(at === text.length || boundaries.has(at)).toBe(true);
          at += body.length;
        }
      }),
    );
  });

  it('has no empty parts, and no more than it needs when no block is in the way', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 64, max: 400 }), (text, room) => {
        const parts = textsOf(text, room, 'text');
        if (text.trim() !== '') for (const part of parts) expect(part.trim()).not.toBe('');
      }),
    );
    for (const blanks of ['   ', '\n', '\r\n ', ' \n\n  ']) {
      const parts = textsOf(blanks + '字'.repeat(100), 64);
      expect(parts.filter((part) => part.trim() === '')).toEqual([]);
    }
    expect(splitInto('字'.repeat(1_000), 300)).toHaveLength(10);
  });

  it('is cut inside a character only if that alone is too long', () => {
    const family = `👩${'\u200d👩'.repeat(40)}`;
    const parts = splitInto(family, 100);
    expect(parts.map(({ body }) => body).join('')).toBe(family);
    for (const { body } of parts) {
      expect(utf8Bytes(body)).toBeLessThanOrEqual(100);
      expect(Buffer.from(body, 'utf8').toString('utf8')).toBe(body);
    }
  });

  it('takes its time in proportion to its length', () => {
    const measure = utf8Bytes;
    for (const piece of ['\n', '[', '`', '<', '|', '# ', '> ', '```\n', '|-|\n', 'a，', '. ', ' ', '[a](', '字']) {
      const text = piece.repeat(50_000 / piece.length);
      const started = performance.now();
      split(text, { format: 'markdown', room: 4_000, measure, wholeBlocks: true });
      expect(performance.now() - started, JSON.stringify(piece)).toBeLessThan(1_500);
    }
  });
});

describe('split keeps together', () => {
  const filler = (bytes: number): string => `${'x'.repeat(bytes - 2)}\n\n`;

  it('a paragraph that fits into a part of its own', () => {
    const paragraph = 'one two three four five six seven eight nine ten';
    expect(textsOf(filler(80) + paragraph, 100)).toEqual(['x'.repeat(78), paragraph]);
  });

  it('a heading and what follows it', () => {
    expect(textsOf(`${filler(70)}# 标题\n\n${'正文'.repeat(10)}`, 100)).toEqual([
      'x'.repeat(68),
      `# 标题\n\n${'正文'.repeat(10)}`,
    ]);
  });

  it('the head of a table with all of its rows', () => {
    const head = '| 服务 | 状态 |\n| --- | --- |\n';
    const rows = Array.from({ length: 12 }, (_, n) => `| service-${n} | 正常 |`);
    const parts = textsOf(`# 表\n\n${head}${rows.join('\n')}\n\n完`, 160);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part).toContain(head);
    expect(parts.flatMap((part) => part.split('\n').filter((line) => line.includes('service-')))).toEqual(rows);
  });

  it('a block of code, closed and opened again with its language', () => {
    const lines = Array.from({ length: 20 }, (_, n) => `line(${n});`);
    const parts = textsOf(`说明\n\n\`\`\`ts\n${lines.join('\n')}\n\`\`\`\n结尾`, 100);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(part.match(/^```ts$/gm)).toHaveLength(1);
      expect(part.match(/^```$/gm)).toHaveLength(1);
    }
    expect(parts.flatMap((part) => part.split('\n').filter((line) => line.startsWith('line')))).toEqual(lines);
    expect(parts.at(-1)).toMatch(/```\n结尾$/);
  });

  it.each([
    ['a link', '[发布说明](https://wiki.example.com/release/v5)'],
    ['code', '`kubectl rollout undo deployment/order-api`'],
    ['a mention', '<@zhangsan-the-second-of-that-name>'],
  ])('%s', (_what, whole) => {
    const text = `${'字'.repeat(25)} ${whole} ${'尾'.repeat(25)}`;
    expect(textsOf(text, 100).some((part) => part.includes(whole))).toBe(true);
  });

  it('sentences, and words where a sentence is too long', () => {
    const [first] = textsOf(`${'短句。'.repeat(8)}${'长'.repeat(40)}`, 100);
    expect(first).toBe('短句。'.repeat(8));
    expect(textsOf('alpha beta gamma delta '.repeat(10), 70)[0]).toMatch(
      /^(?:alpha|beta|gamma|delta)(?: \w+)* (?:alpha|beta|gamma|delta)$/,
    );
  });

  it('the number of a price and the end of a sentence apart', () => {
    expect(textsOf(`${'x'.repeat(60)} 3.2% of it. ${'y'.repeat(60)}`, 80)[0]).toContain('3.2% of it.');
  });
});

describe('a text that is too long', () => {
  const text = '一句话。'.repeat(100);

  it('is left alone when it fits', () => {
    for (const policy of ['reject', 'truncate', 'split'] as const) expect(fitted(long('短'), policy)).toBeUndefined();
    expect(fitted(long('x'.repeat(200)), 'reject')).toBeUndefined();
  });

  it('is refused by default: how long it is, what is allowed, and what to do', () => {
    expect(complaintsOf(() => fitted(long(text), 'reject'))).toEqual([
      {
        path: 'markdown.content',
        message: expect.objectContaining({ en: expect.stringMatching(/at most 200 bytes.*got 1200.*overlong=split/) }),
      },
    ]);
  });

  it('is cut with a notice that says how much there was', () => {
    const [cut = '', ...others] = fitted(long(text), 'truncate') ?? [];
    expect(others).toEqual([]);
    expect(utf8Bytes(cut)).toBeLessThanOrEqual(200);
    expect(utf8Bytes(cut)).toBeGreaterThan(180);
    expect(cut).toMatch(/^(?:一句话。)+\n\n…（内容过长，已截断，全文 1200 字节 · cut, 1200 bytes in all）$/);
  });

  it('is cut inside a block of code, which is closed', () => {
    const [cut = ''] = fitted(long(`\`\`\`\n${'code();\n'.repeat(100)}\`\`\``), 'truncate') ?? [];
    expect(cut).toMatch(/^```\n(?:code\(\);\n)+```\n\n…/);
  });

  it('is numbered when it is split', () => {
    const parts = fitted(long(text), 'split') ?? [];
    expect(parts.length).toBe(7);
    for (const [index, part] of parts.entries()) {
      expect(part).toMatch(new RegExp(`^\\(${index + 1}/7\\)\n\n(?:一句话。)+$`));
      expect(utf8Bytes(part)).toBeLessThanOrEqual(200);
    }
    expect(parts.join('').match(/一句话。/g)).toHaveLength(100);
  });

  it.each([
    ['more parts than a robot sends in a minute', long('字'.repeat(20_000)), 'split', /more than 20 messages/],
    ['a card, which has buttons', long(text, { splits: false }), 'split', /cannot be split/],
    ['no room at all', long(text, { limit: 60 }), 'split', /no room/],
    ['no room for a notice', long(text, { limit: 90 }), 'truncate', /no room/],
  ] as const)('is refused for %s', (_name, message, policy, words) => {
    expect(complaintsOf(() => fitted(message, policy))).toMatchObject([
      { message: { en: expect.stringMatching(words) } },
    ]);
  });

  it('never becomes more than so many', () => {
    expect(fitted(long('字\n\n'.repeat(700)), 'split')?.length).toBeLessThanOrEqual(MAX_PARTS);
  });
});

function complaintsOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    if (error instanceof DeliveryError) return error.details.complaints;
    throw error;
  }
  return undefined;
}

describe('what stays whole wherever a text is cut', () => {
  const address = 'https://grafana.example.com/d/abc/pool?orgId=1;a=b&from=now-1h&to=now!&var-service=payment';
  it.each([
    ['a link with a query', `[监控。面板](${address})`],
    ['an image', `![图！](${address})`],
    ['an address without brackets', address],
    ['code', '`a; b? c!`'],
    ['coloured text', '<font color="info">好; 坏!</font>'],
  ])('%s', (_name, whole) => {
    for (let pad = 0; pad < 120; pad += 1) {
      const text = `${'一句话。'.repeat(30)}${'a'.repeat(pad)}请看 ${whole} 谢谢。${'又一句!'.repeat(30)}`;
      const parts = textsOf(text, 400);
      expect(parts.filter((part) => part.includes(whole))).toHaveLength(1);
    }
  });

  // Looked for in a time that grows with the square of the length, these would not be done within the test's time.
  it.each(['[', '![', '](', '`', '<', '<font a>', 'https://', 'http', '?;!'])(
    'is looked for in long nonsense: %s',
    (piece) => {
      const text = piece.repeat(100_000 / piece.length);
      expect(
        splitInto(text, 2_000)
          .map(({ body }) => body)
          .join(''),
      ).toBe(text);
    },
  );
});
