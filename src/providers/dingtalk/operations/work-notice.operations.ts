import { textMember } from '../../answer-members.js';
import type { Operation, PlatformRequest } from '../../provider.contract.js';
import { saysYes } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';
import { dingtalkMessages } from '../dto/messages.js';
import { RecallDto, recalledTask, TaskDto, WorkNoticeDto, workNoticeComplaints } from '../dto/work-notice.dto.js';
import { agentId, given, oldApiPost } from './old-api.js';

const PATH = '/topapi/message/corpconversation';
/** Department with everybody in it. */
const ROOT_DEPARTMENT = '1';

export const noticeSend: Operation<WorkNoticeDto, DingTalkApp> = {
  id: 'notice.send',
  effect: 'send',
  title: { zh: '发送工作通知', en: 'Send a work notice' },
  failure: { zh: '工作通知发送失败', en: 'The work notice was not sent' },
  source: 'https://open.dingtalk.com/document/development/asynchronous-sending-of-enterprise-session-messages',
  input: WorkNoticeDto,
  messages: dingtalkMessages,
  data: {
    oneOf: [{ type: 'integer' }, { type: 'string' }],
    description: 'task_id; as text where it exceeds 2^53',
    example: 256271667526,
  },
  check: workNoticeComplaints,
  recipients: ({ userid_list, to_all_user }) => (to_all_user === true ? [] : (given(userid_list) ?? [])),
  broadcasts: (input) => input.to_all_user === true || (input.dept_id_list ?? []).includes(ROOT_DEPARTMENT),
  render: ({ userid_list, dept_id_list, to_all_user, msg }, app) =>
    oldApiPost(`${PATH}/asyncsend_v2`, {
      agent_id: agentId(app),
      // As in system A: everybody wins over lists.
      ...(to_all_user === true
        ? { to_all_user: true }
        : { userid_list: given(userid_list)?.join(','), dept_id_list: given(dept_id_list)?.join(',') }),
      msg,
    }),
  succeeded: saysYes,
  result: (answer) => ({ data: answer.body.task_id ?? null, outcome: 'sent', receipt: textMember(answer, 'task_id') }),
  examples: dingtalkMessages.examples.map(({ name, summary, message }) => ({
    name,
    summary,
    input: { userid_list: ['manager4220', 'zhangsan'], msg: message },
  })),
};

/** The digits go out as the number they are, whatever their length: parsing them would change the long ones. */
function taskRequest(path: string, member: string, task: string, agent: number): PlatformRequest {
  return { ...oldApiPost(path, {}), body: `{"agent_id":${agent},"${member}":${task}}` };
}

const TASK_EXAMPLE = [
  { name: 'task', summary: { zh: '按 task_id', en: 'By task_id' }, input: { task_id: '256271667526' } },
] as const;

export const noticeProgress: Operation<TaskDto, DingTalkApp> = {
  id: 'notice.progress',
  effect: 'read',
  title: { zh: '工作通知发送进度', en: 'Progress of a work notice' },
  failure: { zh: '查询发送进度失败', en: 'The progress could not be read' },
  source:
    'https://open.dingtalk.com/document/development/obtain-the-sending-progress-of-asynchronous-sending-of-enterprise-session',
  input: TaskDto,
  data: {
    type: 'object',
    properties: { progress_in_percent: { type: 'integer' }, status: { type: 'integer', enum: [0, 1, 2] } },
    example: { progress_in_percent: 100, status: 2 },
  },
  render: ({ task_id }, app) => taskRequest(`${PATH}/getsendprogress`, 'task_id', task_id, agentId(app)),
  succeeded: saysYes,
  result: ({ body }) => ({ data: body.progress ?? null, outcome: 'sent' }),
  examples: TASK_EXAMPLE,
};

export const noticeResult: Operation<TaskDto, DingTalkApp> = {
  id: 'notice.result',
  effect: 'read',
  title: { zh: '工作通知发送结果', en: 'Result of a work notice' },
  failure: { zh: '查询发送结果失败', en: 'The result could not be read' },
  source:
    'https://open.dingtalk.com/document/development/gets-the-result-of-sending-messages-asynchronously-to-the-enterprise',
  input: TaskDto,
  data: {
    type: 'object',
    description: 'send_result: who was reached, who was not, and why',
    additionalProperties: true,
    example: { read_user_id_list: ['zhangsan'], unread_user_id_list: ['manager4220'], forbidden_list: [] },
  },
  render: ({ task_id }, app) => taskRequest(`${PATH}/getsendresult`, 'task_id', task_id, agentId(app)),
  succeeded: saysYes,
  result: ({ body }) => ({ data: body.send_result ?? null, outcome: 'sent' }),
  examples: TASK_EXAMPLE,
};

export const noticeRecall: Operation<RecallDto, DingTalkApp> = {
  id: 'notice.recall',
  effect: 'manage',
  title: { zh: '撤回工作通知', en: 'Recall a work notice' },
  failure: { zh: '工作通知撤回失败', en: 'The work notice was not recalled' },
  source: 'https://open.dingtalk.com/document/development/notification-of-work-withdrawal',
  input: RecallDto,
  data: { nullable: true, example: null },
  // The platform calls the same id msg_task_id here.
  render: (input, app) => taskRequest(`${PATH}/recall`, 'msg_task_id', recalledTask(input), agentId(app)),
  succeeded: saysYes,
  result: () => ({ data: null, outcome: 'sent' }),
  examples: TASK_EXAMPLE,
};
