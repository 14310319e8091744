import { ChoiceField, IdListField, ObjectField, TextField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../delivery-error.js';
import { FromApp, MessageContentField } from '../../message-field.js';
import { cardReplacements } from './messages.js';

/** Ids of departments and tags are numbers; here, unlike in `message/send`, the platform wants them as such. */
const NUMBER = /^\d{1,10}$/;

@ApiSchema({ description: '置灰的按钮。The button that is greyed out.' })
export class UpdateCardButton {
  @TextField({ description: { zh: '按钮的新文案', en: 'New label of the button' }, example: '已处理' })
  replace_name: string;
}

/**
 * Body of `POST /v1/wecom/message/update-card`: greys out the button of a card, or puts a new card in its place. Rules
 * between its members are in {@link updateCardComplaints}.
 *
 * @see https://developer.work.weixin.qq.com/document/path/94888
 */
@ApiSchema({
  description:
    '更新已发送的卡片；button 与 template_card 填且只填一个。Updates a card that was sent; exactly one of button and template_card is needed.',
})
export class UpdateCardDto {
  @FromApp('agentId')
  agentid?: string | number;

  @IdListField({
    required: false,
    separator: '|',
    max: 1000,
    description: { zh: '更新哪些成员的卡片，最多 1000 个', en: 'userids whose card is updated, at most 1000' },
    example: ['zhangsan'],
  })
  userids?: string[];

  @IdListField({
    required: false,
    separator: '|',
    max: 100,
    pattern: NUMBER,
    description: { zh: '更新哪些部门的卡片，最多 100 个', en: 'ids of departments whose card is updated, at most 100' },
    example: ['2'],
  })
  partyids?: string[];

  @IdListField({
    required: false,
    separator: '|',
    max: 100,
    pattern: NUMBER,
    description: { zh: '更新哪些标签的卡片，最多 100 个', en: 'ids of tags whose card is updated, at most 100' },
    example: ['7'],
  })
  tagids?: string[];

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: {
      zh: '是否更新全部接收人的卡片：0 否，1 是',
      en: 'Are the cards of all recipients updated: 0 no, 1 yes',
    },
    example: 0,
  })
  atall?: 0 | 1;

  @TextField({
    description: {
      zh: '发送或点击回调返回的 response_code，72 小时内可用一次',
      en: 'The response_code of sending or of a click; it can be used once within 72 hours',
    },
    example: 'jBxN3hRpTq7vYd2fKc9sLw',
  })
  response_code: string;

  @ObjectField(() => UpdateCardButton, {
    required: false,
    description: {
      zh: '把按钮置灰并改文案，只用于按钮、投票和多项选择卡片',
      en: 'Greys out the button of a card with buttons, a vote or several questions',
    },
  })
  button?: UpdateCardButton;

  @MessageContentField(cardReplacements)
  template_card?: Record<string, unknown>;

  @ChoiceField({
    required: false,
    values: [0, 1],
    description: {
      zh: '是否把 template_card 中的 $userName=ID$ 等替换为名称：0 否，1 是',
      en: 'Are $userName=ID$ and the like in template_card replaced by names: 0 no, 1 yes',
    },
    example: 0,
  })
  enable_id_trans?: 0 | 1;
}

/** What is wrong between the members of a request whose single members are valid. */
export function updateCardComplaints(dto: UpdateCardDto): Complaint[] {
  const given = [dto.button, dto.template_card].filter((member) => member !== undefined && member !== null);
  if (given.length === 1) return [];
  return [
    {
      path: 'button',
      message: {
        zh: 'button 与 template_card 必须且只能填写一个',
        en: 'exactly one of button and template_card is required',
      },
    },
  ];
}
