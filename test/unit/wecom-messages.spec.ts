import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import type { MessageCatalog } from '../../src/providers/message-catalog.js';
import { appchatMessages, wecomMessages } from '../../src/providers/wecom/dto/messages.js';
import { advised, LINK, many, message, paths, type Wrong } from '../support/wecom-messages.js';

const SIMPLE = ['text', 'image', 'voice', 'video', 'file', 'textcard', 'news', 'mpnews', 'markdown'];

const article = { title: '甲', url: LINK };
const stored = { title: '甲', thumb_media_id: 'm', content: '<p>乙</p>' };

const WRONG: Wrong[] = [
  ['text', 'content missing', { content: undefined }, 'content'],
  ['text', 'content empty', { content: '' }, 'content'],
  ['text', 'content a number', { content: 1 }, 'content'],
  ['text', 'content of 2049 bytes', { content: 'x'.repeat(2049) }, 'content'],
  ['text', 'content of 683 Chinese characters', { content: '告'.repeat(683) }, 'content'],
  ['markdown', 'content missing', { content: undefined }, 'content'],
  ['markdown', 'content of 683 Chinese characters', { content: '告'.repeat(683) }, 'content'],
  ['image', 'media_id missing', { media_id: undefined }, 'media_id'],
  ['voice', 'media_id a number', { media_id: 1 }, 'media_id'],
  ['video', 'media_id empty', { media_id: '' }, 'media_id'],
  ['video', 'title a list', { title: ['甲'] }, 'title'],
  ['file', 'media_id missing', { media_id: undefined }, 'media_id'],
  ['textcard', 'title missing', { title: undefined }, 'title'],
  ['textcard', 'description missing', { description: undefined }, 'description'],
  ['textcard', 'url missing', { url: undefined }, 'url'],
  ['textcard', 'url without http', { url: 'example.com' }, 'url'],
  ['textcard', 'url a script', { url: 'javascript:alert(1)' }, 'url'],
  ['textcard', 'url over 2048 bytes', { url: LINK + 'x'.repeat(2048) }, 'url'],
  ['news', 'articles missing', { articles: undefined }, 'articles'],
  ['news', 'no articles', { articles: [] }, 'articles'],
  ['news', 'nine articles', { articles: many(9, () => article) }, 'articles'],
  ['news', 'articles an object', { articles: article }, 'articles'],
  ['news', 'title missing', { articles: [article, { url: LINK }] }, 'articles[1].title'],
  ['news', 'url with another scheme', { articles: [{ ...article, url: 'ftp://a' }] }, 'articles[0].url'],
  [
    'news',
    'picurl over 2048 bytes',
    { articles: [{ ...article, picurl: LINK + 'x'.repeat(2048) }] },
    'articles[0].picurl',
  ],
  ['mpnews', 'nine articles', { articles: many(9, () => stored) }, 'articles'],
  [
    'mpnews',
    'thumb_media_id missing',
    { articles: [{ ...stored, thumb_media_id: undefined }] },
    'articles[0].thumb_media_id',
  ],
  ['mpnews', 'content missing', { articles: [{ ...stored, content: undefined }] }, 'articles[0].content'],
  [
    'mpnews',
    'content over 666 KB',
    { articles: [{ ...stored, content: '文'.repeat(230_000) }] },
    'articles[0].content',
  ],
  ['mpnews', 'author over 64 bytes', { articles: [{ ...stored, author: '作'.repeat(22) }] }, 'articles[0].author'],
];

const ONLY_IN_MESSAGES: Wrong[] = [
  ['news', 'neither url nor mini program', { articles: [{ title: '甲' }] }, 'articles[0].url'],
  ['news', 'appid without pagepath', { articles: [{ ...article, appid: 'wx1' }] }, 'articles[0].pagepath'],
  ['news', 'pagepath without appid', { articles: [{ ...article, pagepath: 'p' }] }, 'articles[0].appid'],
  [
    'news',
    'pagepath over 128 bytes',
    { articles: [{ title: '甲', appid: 'w', pagepath: '页'.repeat(43) }] },
    'articles[0].pagepath',
  ],
  ['miniprogram_notice', 'appid missing', { appid: undefined }, 'appid'],
  ['miniprogram_notice', 'title missing', { title: undefined }, 'title'],
  ['miniprogram_notice', 'page over 1024 bytes', { page: '页'.repeat(342) }, 'page'],
  ['miniprogram_notice', 'emphasis_first_item a text', { emphasis_first_item: 'true' }, 'emphasis_first_item'],
  ['miniprogram_notice', 'eleven lines', { content_item: many(11, () => ({ key: '甲' })) }, 'content_item'],
  [
    'miniprogram_notice',
    'a value that is a number',
    { content_item: [{ key: '甲', value: 1 }] },
    'content_item[0].value',
  ],
  ['template_card', 'card_type missing', { card_type: undefined }, 'card_type'],
  ['template_card', 'card_type a number', { card_type: 1 }, 'card_type'],
  ['template_card', 'card_type empty', { card_type: '' }, 'card_type'],
];

const ONLY_IN_GROUPS: Wrong[] = [
  ['news', 'no url', { articles: [{ title: '甲' }] }, 'articles[0].url'],
  [
    'news',
    'a mini program instead of url',
    { articles: [{ title: '甲', appid: 'w', pagepath: 'p' }] },
    'articles[0].url',
  ],
  ['text', 'mentioned_list a text', { mentioned_list: 'zhangsan' }, 'mentioned_list'],
  ['text', 'mentioned_list with a number', { mentioned_list: ['zhangsan', 1001] }, 'mentioned_list'],
];

describe.each<[string, MessageCatalog, string[], Wrong[]]>([
  ['wecomMessages', wecomMessages, [...SIMPLE, 'miniprogram_notice', 'template_card'], [...WRONG, ...ONLY_IN_MESSAGES]],
  ['appchatMessages', appchatMessages, SIMPLE, [...WRONG, ...ONLY_IN_GROUPS]],
])('%s', (_name, catalog, documented, wrong) => {
  it('knows exactly the documented types', () => {
    expect(catalog.types.map((type) => type.msgtype).toSorted()).toEqual(documented.toSorted());
    for (const type of catalog.types)
      expect(type.source).toMatch(/^https:\/\/developer\.work\.weixin\.qq\.com\/document\/path\/\d+$/);
  });

  it('has no name of an example twice', () => {
    const names = catalog.examples.map((example) => example.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(catalog.examples)('example $name is valid and raises no advice', (example) => {
    expect(catalog.check(example.message, '')).toEqual({ complaints: [] });
    expect(catalog.advice({ ...example.message }, '')).toEqual([]);
  });

  it.each(wrong)('%s: refuses %s', (msgtype, _what, changes, path) => {
    const verdict = catalog.check(message(msgtype, changes, catalog), '');
    expect(verdict.complaints.map((complaint) => complaint.path)).toEqual([`${msgtype}.${path}`]);
    expect(verdict.sentence).toEqual({
      zh: `消息内容无效: [${msgtype}]`,
      en: `Invalid message content: [${msgtype}]`,
    });
  });

  it.each(documented)('%s: refuses content that is missing or not an object', (msgtype) => {
    for (const content of [undefined, null, 'x', 1, true, []]) {
      expect(paths({ msgtype, [msgtype]: content }, catalog)).toEqual([msgtype]);
    }
  });

  it.each([
    ['a number', 1],
    ['null', null],
    ['an object', { text: 'x' }],
    ['a list', ['text']],
    ['"msgtype"', 'msgtype'],
    ['"__proto__"', '__proto__'],
    ['an empty text', ''],
    ['a text with a space', 'text '],
    ['100 kB', 'x'.repeat(100_000)],
    ['nothing', undefined],
  ])('refuses %s as msgtype and quotes nothing of it', (_what, msgtype) => {
    const verdict = catalog.check({ msgtype, text: { content: '甲' } }, '');
    expect(verdict.complaints.map((complaint) => complaint.path)).toEqual(['msgtype']);
    expect(verdict.sentence?.zh).toBe('消息类型无效: [msgtype]');
    expect(JSON.stringify(verdict).length).toBeLessThan(1000);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('does not take an inherited %s for content', (name) => {
    expect(paths({ msgtype: name }, catalog)).toEqual([name]);
  });

  it('passes a type it does not know, if it has a content object of its own', () => {
    expect(paths({ msgtype: 'later_card', later_card: { anything: [1, { a: null }] } }, catalog)).toEqual([]);
    expect(paths({ msgtype: 'later_card', text: { content: '甲' } }, catalog)).toEqual(['later_card']);
  });

  it.each(['text', 'markdown'])('%s: counts 2048 bytes of UTF-8', (msgtype) => {
    const content = `${'告'.repeat(682)}xx`;
    expect(Buffer.byteLength(content)).toBe(2048);
    expect(paths(message(msgtype, { content }, catalog), catalog)).toEqual([]);
    const verdict = catalog.check(message(msgtype, { content: `${content}x` }, catalog), '');
    expect(verdict.complaints[0]?.message.zh).toContain('2049');
  });

  it('names what the platform cuts, in lists too', () => {
    expect(
      advised(message('video', { title: '题'.repeat(43), description: '述'.repeat(171) }, catalog), catalog),
    ).toEqual(['video.title', 'video.description']);
    const long = message('news', { articles: [article, { ...article, title: '题'.repeat(43) }] }, catalog);
    expect(paths(long, catalog)).toEqual([]);
    expect(catalog.advice(long, '')).toEqual([
      {
        path: 'news.articles[1].title',
        message: { zh: '平台会截断超过 128 字节的部分', en: 'the platform cuts what exceeds 128 bytes' },
      },
    ]);
  });

  it('names addresses between 1024 and 2048 bytes', () => {
    const value = message('textcard', { url: LINK + 'x'.repeat(1024) }, catalog);
    expect(paths(value, catalog)).toEqual([]);
    expect(advised(value, catalog)).toEqual(['textcard.url']);
  });
});

describe('the differences between an application message and a group chat', () => {
  it('counts a text card in characters there and in bytes here', () => {
    const changes = { title: '题'.repeat(128), description: '述'.repeat(512), btntxt: '查看详情' };
    expect(advised(message('textcard', changes))).toEqual([]);
    expect(advised(message('textcard', changes, appchatMessages), appchatMessages)).toEqual([
      'textcard.title',
      'textcard.description',
    ]);
    expect(advised(message('textcard', { title: '题'.repeat(129), btntxt: '查看更多情' })).toSorted()).toEqual([
      'textcard.btntxt',
      'textcard.title',
    ]);
  });

  it.each(['miniprogram_notice', 'template_card'])('refuses %s in a group chat and says why', (msgtype) => {
    const example = wecomMessages.types.find((type) => type.msgtype === msgtype)?.examples[0];
    const verdict = appchatMessages.check(example?.message, '');
    expect(verdict.complaints).toEqual([
      {
        path: 'msgtype',
        message: {
          zh: `群聊不支持 ${msgtype} 消息，只能用 message/send 发送`,
          en: `${msgtype} cannot be sent to a group chat, only by message/send`,
        },
      },
    ]);
    expect(verdict.sentence?.zh).toBe('消息类型无效: [msgtype]');
  });

  it.each([
    ['a mini program alone', 'news', { articles: [{ title: '甲', appid: 'wx1', pagepath: 'p' }] }],
    ['url and mini program', 'news', { articles: [{ ...article, appid: 'wx1', pagepath: 'p' }] }],
    ['members written out empty', 'news', { articles: [{ ...article, appid: '', pagepath: null, picurl: '' }] }],
    ['666 KB', 'mpnews', { articles: [{ ...stored, content: 'x'.repeat(666_000) }] }],
    ['no lines', 'miniprogram_notice', { content_item: [] }],
  ])('message/send accepts %s', (_what, msgtype, changes) => {
    expect(paths(message(msgtype, changes))).toEqual([]);
  });

  it('appchat/send accepts mentions', () => {
    expect(paths(message('text', { mentioned_list: ['zhangsan', '@all'] }, appchatMessages), appchatMessages)).toEqual(
      [],
    );
  });

  it('gives lengths of a mini program notice as advice', () => {
    const changes = { title: '题'.repeat(13), content_item: [{ key: '名'.repeat(11), value: '值'.repeat(31) }] };
    expect(paths(message('miniprogram_notice', changes))).toEqual([]);
    expect(advised(message('miniprogram_notice', changes)).toSorted()).toEqual(
      ['content_item[0].key', 'content_item[0].value', 'title'].map((path) => `miniprogram_notice.${path}`),
    );
  });
});
