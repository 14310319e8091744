import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { wecomMessages } from '../../src/providers/wecom/dto/messages.js';
import { advised, card, CARDS, LINK, many, paths, type Members, type Wrong } from '../support/wecom-messages.js';

describe('template cards', () => {
  const option = { id: 'a', text: '甲' };
  const vote = { ...option, is_checked: false };
  const select = { question_key: 'q', option_list: [option] };
  const checkbox = { question_key: 'q', option_list: [vote] };
  const menu = { action_list: [{ text: '甲', key: 'k' }] };
  const action = { type: 1, url: LINK };
  const noMenu = { action_menu: undefined, task_id: undefined };

  it('has an example of every card type', () => {
    expect(wecomMessages.examples.map(({ name }) => name)).toEqual(
      expect.arrayContaining(CARDS.map((type) => `template_card-${type}`)),
    );
  });

  const refused: Wrong[] = [
    ...['button_interaction', 'vote_interaction', 'multiple_interaction'].flatMap((type): Wrong[] => [
      [type, 'task_id missing', { task_id: undefined }, 'task_id'],
      [type, 'task_id with a space', { task_id: 'a b' }, 'task_id'],
      [type, 'task_id over 128 bytes', { task_id: 'x'.repeat(129) }, 'task_id'],
      [type, 'main_title missing', { main_title: undefined }, 'main_title'],
      [type, 'title missing', { main_title: { desc: '甲' } }, 'main_title.title'],
    ]),
    ...['text_notice', 'news_notice'].flatMap((type): Wrong[] => [
      [type, 'card_action missing', { card_action: undefined }, 'card_action'],
      [type, 'card_action of type 0', { card_action: { ...action, type: 0 } }, 'card_action.type'],
      [type, 'card_action without type', { card_action: { url: LINK } }, 'card_action.type'],
      [type, 'card_action 1 without url', { card_action: { type: 1 } }, 'card_action.url'],
      [type, 'card_action 2 without appid', { card_action: { type: 2, url: LINK } }, 'card_action.appid'],
      [type, 'a menu without task_id', { action_menu: menu, task_id: undefined }, 'task_id'],
      [type, 'jump 1 without url', { jump_list: [{ type: 1, title: '甲' }] }, 'jump_list[0].url'],
      [type, 'jump 2 without appid', { jump_list: [{ type: 2, title: '甲', appid: '' }] }, 'jump_list[0].appid'],
      [type, 'jump without title', { jump_list: [action] }, 'jump_list[0].title'],
      [type, 'four jumps', { jump_list: many(4, () => ({ title: '甲' })) }, 'jump_list'],
    ]),
    ...['text_notice', 'news_notice', 'button_interaction'].flatMap((type): Wrong[] => [
      [type, 'seven rows', { horizontal_content_list: many(7, () => ({ keyname: '甲' })) }, 'horizontal_content_list'],
      [
        type,
        'a row without keyname',
        { horizontal_content_list: [{ value: '甲' }] },
        'horizontal_content_list[0].keyname',
      ],
      [
        type,
        'row 1 without url',
        { horizontal_content_list: [{ keyname: '甲', type: 1 }] },
        'horizontal_content_list[0].url',
      ],
      [
        type,
        'row 2 without file',
        { horizontal_content_list: [{ keyname: '甲', type: 2 }] },
        'horizontal_content_list[0].media_id',
      ],
      [
        type,
        'row 3 without member',
        { horizontal_content_list: [{ keyname: '甲', type: 3 }] },
        'horizontal_content_list[0].userid',
      ],
      [
        type,
        'row type as text',
        { horizontal_content_list: [{ keyname: '甲', type: '1' }] },
        'horizontal_content_list[0].type',
      ],
      [type, 'quotation 1 without url', { quote_area: { type: 1 } }, 'quote_area.url'],
      [type, 'quotation 2 without appid', { quote_area: { type: 2 } }, 'quote_area.appid'],
      [type, 'a menu without entries', { task_id: 't', action_menu: { action_list: [] } }, 'action_menu.action_list'],
      [
        type,
        'a menu of four',
        { task_id: 't', action_menu: { action_list: many(4, (i) => ({ text: '甲', key: `k${i}` })) } },
        'action_menu.action_list',
      ],
      [
        type,
        'a menu key over 1024 bytes',
        { task_id: 't', action_menu: { action_list: [{ text: '甲', key: '键'.repeat(342) }] } },
        'action_menu.action_list[0].key',
      ],
      [
        type,
        'a menu key twice',
        { task_id: 't', action_menu: { action_list: many(2, () => ({ text: '甲', key: 'k' })) } },
        'action_menu.action_list[1].key',
      ],
    ]),
    ['text_notice', 'neither title nor text', { main_title: { desc: '甲' }, sub_title_text: '' }, ''],
    ['text_notice', 'desc_color 4', { source: { desc_color: 4 } }, 'source.desc_color'],
    ['text_notice', 'icon_url a script', { source: { icon_url: 'javascript:1' } }, 'source.icon_url'],
    ['news_notice', 'no picture', { card_image: undefined, image_text_area: undefined }, ''],
    ['news_notice', 'a picture without url', { card_image: {} }, 'card_image.url'],
    ['news_notice', 'aspect_ratio 1.2', { card_image: { url: LINK, aspect_ratio: 1.2 } }, 'card_image.aspect_ratio'],
    ['news_notice', 'aspect_ratio 2.3', { card_image: { url: LINK, aspect_ratio: 2.3 } }, 'card_image.aspect_ratio'],
    [
      'news_notice',
      'aspect_ratio as text',
      { card_image: { url: LINK, aspect_ratio: '1.3' } },
      'card_image.aspect_ratio',
    ],
    ['news_notice', 'a text area without image_url', { image_text_area: { title: '甲' } }, 'image_text_area.image_url'],
    [
      'news_notice',
      'text area 1 without url',
      { image_text_area: { image_url: LINK, type: 1 } },
      'image_text_area.url',
    ],
    [
      'news_notice',
      'five paragraphs',
      { vertical_content_list: many(5, () => ({ title: '甲' })) },
      'vertical_content_list',
    ],
    [
      'news_notice',
      'a paragraph without title',
      { vertical_content_list: [{ desc: '甲' }] },
      'vertical_content_list[0].title',
    ],
    ['button_interaction', 'no buttons', { button_list: [] }, 'button_list'],
    ['button_interaction', 'buttons missing', { button_list: undefined }, 'button_list'],
    [
      'button_interaction',
      'seven buttons',
      { button_list: many(7, (i) => ({ text: '甲', key: `k${i}` })) },
      'button_list',
    ],
    ['button_interaction', 'a button without text', { button_list: [{ key: 'k' }] }, 'button_list[0].text'],
    ['button_interaction', 'a button without key', { button_list: [{ text: '甲' }] }, 'button_list[0].key'],
    [
      'button_interaction',
      'button 0 without key',
      { button_list: [{ text: '甲', type: 0, url: LINK }] },
      'button_list[0].key',
    ],
    [
      'button_interaction',
      'button 1 without url',
      { button_list: [{ text: '甲', type: 1, key: 'k' }] },
      'button_list[0].url',
    ],
    [
      'button_interaction',
      'a key twice',
      { button_list: many(2, () => ({ text: '甲', key: 'k' })) },
      'button_list[1].key',
    ],
    ['button_interaction', 'card_action 1 without url', { card_action: { type: 1 } }, 'card_action.url'],
    [
      'button_interaction',
      'a list without key',
      { button_selection: { option_list: [option] } },
      'button_selection.question_key',
    ],
    [
      'button_interaction',
      'a list without options',
      { button_selection: { ...select, option_list: [] } },
      'button_selection.option_list',
    ],
    [
      'button_interaction',
      'an option twice',
      { button_selection: { ...select, option_list: [option, option] } },
      'button_selection.option_list[1].id',
    ],
    ['vote_interaction', 'checkbox missing', { checkbox: undefined }, 'checkbox'],
    ['vote_interaction', 'mode 2', { checkbox: { ...checkbox, mode: 2 } }, 'checkbox.mode'],
    ['vote_interaction', 'no options', { checkbox: { ...checkbox, option_list: [] } }, 'checkbox.option_list'],
    [
      'vote_interaction',
      '21 options',
      { checkbox: { ...checkbox, option_list: many(21, (i) => ({ ...vote, id: `${i}` })) } },
      'checkbox.option_list',
    ],
    [
      'vote_interaction',
      'an option twice',
      { checkbox: { ...checkbox, option_list: [vote, vote] } },
      'checkbox.option_list[1].id',
    ],
    [
      'vote_interaction',
      'an id over 128 bytes',
      { checkbox: { ...checkbox, option_list: [{ ...vote, id: '号'.repeat(43) }] } },
      'checkbox.option_list[0].id',
    ],
    [
      'vote_interaction',
      'is_checked missing',
      { checkbox: { ...checkbox, option_list: [option] } },
      'checkbox.option_list[0].is_checked',
    ],
    ['vote_interaction', 'submit_button missing', { submit_button: undefined }, 'submit_button'],
    ['vote_interaction', 'submit_button without key', { submit_button: { text: '提交' } }, 'submit_button.key'],
    ['multiple_interaction', 'no lists', { select_list: [] }, 'select_list'],
    [
      'multiple_interaction',
      'four lists',
      { select_list: many(4, (i) => ({ ...select, question_key: `${i}` })) },
      'select_list',
    ],
    ['multiple_interaction', 'a key twice', { select_list: [select, select] }, 'select_list[1].question_key'],
    [
      'multiple_interaction',
      'eleven options',
      { select_list: [{ ...select, option_list: many(11, (i) => ({ ...option, id: `${i}` })) }] },
      'select_list[0].option_list',
    ],
    [
      'multiple_interaction',
      'an option twice',
      { select_list: [{ ...select, option_list: [option, option] }] },
      'select_list[0].option_list[1].id',
    ],
    ['multiple_interaction', 'submit_button missing', { submit_button: undefined }, 'submit_button'],
  ];

  it.each(refused)('%s: refuses %s', (type, _what, changes, path) => {
    const verdict = wecomMessages.check(card(type, changes), '');
    const expected = path === '' ? 'template_card' : `template_card.${path}`;
    expect(verdict.complaints.map((complaint) => complaint.path)).toEqual([expected]);
    expect(verdict.sentence?.zh).toBe('消息内容无效: [template_card]');
  });

  const accepted: [type: string, what: string, changes: Members][] = [
    ['text_notice', 'a title alone', { ...noMenu, main_title: { title: '甲' }, sub_title_text: undefined }],
    ['text_notice', 'a text alone', { ...noMenu, main_title: undefined, sub_title_text: '甲' }],
    ['text_notice', 'empty lists', { horizontal_content_list: [], jump_list: [] }],
    ['text_notice', 'card_action into a mini program', { card_action: { type: 2, appid: 'wx1' } }],
    ['text_notice', 'a task without menu', { action_menu: undefined }],
    ['text_notice', 'parts of type 0 written out', { quote_area: { type: 0, url: '', appid: '', quote_text: '甲' } }],
    ['news_notice', 'a picture alone', { image_text_area: undefined }],
    ['news_notice', 'a text area alone', { card_image: undefined, image_text_area: { image_url: LINK } }],
    ['news_notice', 'aspect_ratio 1.3', { card_image: { url: LINK, aspect_ratio: 1.3 } }],
    ['button_interaction', 'card_action of type 0', { card_action: { type: 0 } }],
    ['button_interaction', 'style 9', { button_list: [{ text: '甲', key: 'k', style: 9 }] }],
    ['button_interaction', 'a selected_id that is no option', { button_selection: { ...select, selected_id: 'z' } }],
    ['button_interaction', 'a task_id of every allowed character', { task_id: 'aZ09_-@' }],
    [
      'multiple_interaction',
      'the same option in two lists',
      { select_list: [select, { ...select, question_key: 'r' }] },
    ],
  ];

  it.each(accepted)('%s: accepts %s', (type, _what, changes) => {
    expect(paths(card(type, changes))).toEqual([]);
  });

  it('gives lengths in characters as advice', () => {
    const value = card('text_notice', {
      source: { desc: '源'.repeat(21) },
      main_title: { title: '题'.repeat(37) },
      horizontal_content_list: [{ keyname: '主机名称长', value: '值' }, { keyname: '主机名称太长' }],
    });
    expect(paths(value)).toEqual([]);
    expect(advised(value).toSorted()).toEqual([
      'template_card.horizontal_content_list[1].keyname',
      'template_card.main_title.title',
      'template_card.source.desc',
    ]);
  });

  it.each(['later_notice', 'constructor', '__proto__', 'toString'])('passes an unknown card type %s', (card_type) => {
    expect(paths({ msgtype: 'template_card', template_card: { card_type, main_title: 1 } })).toEqual([]);
  });

  it('leaves members it does not know untouched', () => {
    const value = card('text_notice', { later: { a: [1] }, card_action: { ...action, newer: true } });
    const before = JSON.stringify(value);
    expect(paths(value)).toEqual([]);
    expect(JSON.stringify(value)).toBe(before);
  });
});
