import type { ValidationArguments } from 'class-validator';
import { BooleanField, IdField, IdListField, packMessage } from '../../../inbound/fields.js';
import { registerDecorator } from '../../../inbound/fields/class-validator.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../delivery-error.js';
import { FromApp, IgnoreUnknownMembers, MessageField } from '../../message-field.js';
import { dingtalkMessages } from './messages.js';

/** People who may get an OA message with a status bar. */
const STATUS_BAR_PEOPLE = 5;

/** A `task_id`: a Long of the platform, kept as text because nothing is ever calculated with it. */
const TASK_ID = {
  expression: /^[1-9]\d{0,18}$/,
  means: { zh: '必须是发送时返回的 task_id（数字）', en: 'must be the task_id that sending answered (digits)' },
} as const;

/**
 * Body of `POST /v1/dd/topapi/message`. Rules between its members are in {@link workNoticeComplaints}.
 *
 * @see https://open.dingtalk.com/document/development/asynchronous-sending-of-enterprise-session-messages
 */
@ApiSchema({
  description:
    '发送工作通知；userid_list、dept_id_list、to_all_user 至少填一个。Sends a work notice; at least one of userid_list, dept_id_list and to_all_user is needed.',
})
@IgnoreUnknownMembers()
export class WorkNoticeDto {
  @FromApp('agentId')
  agent_id?: string | number;

  @IdListField({
    required: false,
    separator: ',',
    max: 100,
    description: {
      zh: '接收人的 userid，空文本等于不填',
      en: 'userids of the recipients; an empty text counts as absent',
    },
    example: 'manager4220,zhangsan',
  })
  userid_list?: string[];

  @IdListField({
    required: false,
    separator: ',',
    max: 20,
    description: {
      zh: '接收部门的 id，包含子部门，空文本等于不填',
      en: 'ids of departments, sub-departments included; an empty text counts as absent',
    },
    example: '416115217',
  })
  dept_id_list?: string[];

  @BooleanField({
    required: false,
    description: { zh: '发给全体员工', en: 'Send to everybody in the company' },
    example: false,
  })
  to_all_user?: boolean;

  @MessageField(dingtalkMessages)
  msg: Record<string, unknown>;
}

/**
 * What is wrong between the members of a work notice whose single members are valid: somebody must receive it, and an
 * OA status bar goes to a few named people only.
 */
export function workNoticeComplaints(dto: WorkNoticeDto): Complaint[] {
  const people = dto.userid_list?.length ?? 0;
  const departments = dto.dept_id_list?.length ?? 0;
  if (people === 0 && departments === 0 && dto.to_all_user !== true) return [NOBODY];
  if (!hasStatusBar(dto.msg)) return [];
  return [
    ...(people > STATUS_BAR_PEOPLE ? [tooManyForStatusBar(people)] : []),
    ...(departments > 0 ? [notWithStatusBar('dept_id_list')] : []),
    ...(dto.to_all_user === true ? [notWithStatusBar('to_all_user')] : []),
  ];
}

const NOBODY: Complaint = {
  path: 'userid_list',
  message: {
    zh: 'userid_list、dept_id_list、to_all_user 至少填一个',
    en: 'at least one of userid_list, dept_id_list and to_all_user is required',
  },
};

function tooManyForStatusBar(people: number): Complaint {
  return {
    path: 'userid_list',
    message: {
      zh: `带 status_bar 的 OA 消息最多发给 ${STATUS_BAR_PEOPLE} 人，现为 ${people}`,
      en: `an OA message with a status_bar goes to at most ${STATUS_BAR_PEOPLE} people, got ${people}`,
    },
  };
}

function notWithStatusBar(path: string): Complaint {
  return {
    path,
    message: {
      zh: '带 status_bar 的 OA 消息只能用 userid_list 发送',
      en: 'an OA message with a status_bar can only be sent by userid_list',
    },
  };
}

/** A bar whose members are all empty is none. */
function hasStatusBar(msg: unknown): boolean {
  const content = isObject(msg) && msg.msgtype === 'oa' ? msg.oa : undefined;
  const bar = isObject(content) ? content.status_bar : undefined;
  return isObject(bar) && Object.values(bar).some((value) => isGiven(value) && value !== '');
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Names a work notice, for its progress and its result.
 *
 * @see https://open.dingtalk.com/document/development/obtain-the-sending-progress-of-asynchronous-sending-of-enterprise-session
 * @see https://open.dingtalk.com/document/development/gets-the-result-of-sending-messages-asynchronously-to-the-enterprise
 */
@ApiSchema({ description: '一次工作通知。One work notice.' })
export class TaskDto {
  @FromApp('agentId')
  agent_id?: string | number;

  @IdField({
    pattern: TASK_ID,
    description: { zh: '发送时返回的 task_id，文本或数字', en: 'The task_id that sending answered, as text or number' },
    example: '256271667526',
  })
  task_id: string;
}

/**
 * Body of `POST /v1/dd/topapi/message/recall`. The platform calls the id `msg_task_id` here, and only here.
 *
 * @see https://open.dingtalk.com/document/development/notification-of-work-withdrawal
 */
@ApiSchema({
  description:
    '撤回工作通知；task_id 与 msg_task_id 填且只填一个。Recalls a work notice; exactly one of task_id and msg_task_id is needed.',
})
export class RecallDto {
  @FromApp('agentId')
  agent_id?: string | number;

  @OneNameOfTwo('msg_task_id')
  @IdField({
    required: false,
    pattern: TASK_ID,
    description: { zh: '发送时返回的 task_id，文本或数字', en: 'The task_id that sending answered, as text or number' },
    example: '256271667526',
  })
  task_id?: string;

  @IdField({
    required: false,
    pattern: TASK_ID,
    description: { zh: '平台对 task_id 的另一名称', en: "The platform's other name for task_id" },
  })
  msg_task_id?: string;
}

/** The notice that a valid {@link RecallDto} names. */
export function recalledTask(dto: RecallDto): string {
  return dto.task_id ?? dto.msg_task_id ?? '';
}

/** Exactly one of this member and the other may be given. */
function OneNameOfTwo(other: string): PropertyDecorator {
  return (target, property) => {
    const name = String(property);
    registerDecorator({
      name: 'oneNameOfTwo',
      target: target.constructor,
      propertyName: name,
      options: {
        message: packMessage({
          zh: `${name} 与 ${other} 必须且只能填写一个`,
          en: `exactly one of ${name} and ${other} is required`,
        }),
      },
      validator: {
        validate: (value: unknown, args?: ValidationArguments) => {
          const request: unknown = args?.object;
          return isGiven(value) !== (isObject(request) && isGiven(request[other]));
        },
      },
    });
  };
}
