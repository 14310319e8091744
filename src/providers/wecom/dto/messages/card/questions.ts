import { BooleanField, ChoiceField, ObjectListField, TextField } from '../../../../../inbound/fields.js';
import { ApiSchema } from '../../../../../openapi/openapi.decorators.js';
import { CALLBACK_KEY } from './parts.js';

/** The parts of a card that ask something: drop-down lists, boxes and the button that submits them. */

const OPTION_ID = {
  maxBytes: 128,
  description: { zh: '选项的 id，最多 128 字节，不可重复', en: 'Id of the option, at most 128 bytes, unique' },
} as const;

/** A question of a card, known in the callback by its key. */
abstract class Question {
  @TextField({
    ...CALLBACK_KEY,
    description: {
      zh: '回调中题目的 key，最多 1024 字节',
      en: 'Key of the question in the callback, at most 1024 bytes',
    },
    example: 'environment',
  })
  question_key: string;

  @BooleanField({
    required: false,
    description: { zh: '是否不可选择，仅用于更新卡片', en: 'Is it locked; only where a card is updated' },
  })
  disable?: boolean;
}

@ApiSchema({ description: '下拉选项。An option of a drop-down list.' })
export class WeComCardOption {
  @TextField({ ...OPTION_ID, example: 'staging' })
  id: string;

  @TextField({
    advisedChars: 16,
    description: { zh: '文案，建议 16 个字以内', en: 'Label, best up to 16 characters' },
    example: '预发环境',
  })
  text: string;
}

@ApiSchema({ description: '下拉选择器。A drop-down list.' })
export class WeComCardSelect extends Question {
  @TextField({ required: false, empty: true, description: { zh: '标题', en: 'Title' }, example: '发布环境' })
  title?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '默认选项的 id，否则为第一个', en: 'Id of the option chosen at first; else the first one' },
    example: 'staging',
  })
  selected_id?: string;

  @ObjectListField(() => WeComCardOption, {
    min: 1,
    max: 10,
    description: { zh: '1 到 10 个选项，id 不可重复', en: '1 to 10 options with different ids' },
  })
  option_list: WeComCardOption[];
}

@ApiSchema({ description: '投票选项。An option of a vote.' })
export class WeComCardVoteOption {
  @TextField({ ...OPTION_ID, example: 'friday' })
  id: string;

  @TextField({
    advisedChars: 17,
    description: { zh: '文案，建议 17 个字以内', en: 'Label, best up to 17 characters' },
    example: '周五晚上 22:00',
  })
  text: string;

  @BooleanField({ description: { zh: '是否默认选中', en: 'Is it chosen at first' }, example: false })
  is_checked: boolean;
}

@ApiSchema({ description: '选择题。The question of a vote.' })
export class WeComCardCheckbox extends Question {
  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '0 单选，1 多选', en: '0 one answer, 1 several' },
    example: 0,
  })
  mode?: 0 | 1;

  @ObjectListField(() => WeComCardVoteOption, {
    min: 1,
    max: 20,
    description: { zh: '1 到 20 个选项，id 不可重复', en: '1 to 20 options with different ids' },
  })
  option_list: WeComCardVoteOption[];
}

@ApiSchema({ description: '提交按钮。The button that submits.' })
export class WeComCardSubmitButton {
  @TextField({
    advisedChars: 10,
    description: { zh: '文案，建议 10 个字以内', en: 'Label, best up to 10 characters' },
    example: '提交',
  })
  text: string;

  @TextField({
    ...CALLBACK_KEY,
    description: { zh: '回调中的 key，最多 1024 字节', en: 'Key in the callback, at most 1024 bytes' },
    example: 'submit',
  })
  key: string;
}
