import type { Operation } from '../../provider.contract.js';
import { saysYes } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';
import { DepartmentListDto, DepartmentUsersDto, MOST_USERS, UserByMobileDto } from '../dto/directory.dto.js';
import { oldApiPost } from './old-api.js';

/** Department with everybody below it. */
const ROOT_DEPARTMENT = '1';
/**
 * How long a number that the platform does not know is not asked for again, milliseconds. The platform publishes no rule
 * about misses: this spares calls, and is short enough for a new colleague.
 */
const REMEMBER_MS = 10 * 60_000;

type Entry = Readonly<Record<string, unknown>>;

/** Directory of the old API: current, and not counted in the monthly quota. */

export const departmentList: Operation<DepartmentListDto, DingTalkApp> = {
  id: 'department.list',
  effect: 'read',
  title: { zh: '查询部门列表', en: 'List departments' },
  failure: { zh: '查询部门失败', en: 'The departments could not be read' },
  source: 'https://open.dingtalk.com/document/development/user-management-acquires-the-list-departments',
  input: DepartmentListDto,
  data: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        id: { oneOf: [{ type: 'integer' }, { type: 'string' }] },
        name: { type: 'string' },
        parentId: { oneOf: [{ type: 'integer' }, { type: 'string' }] },
      },
      additionalProperties: true,
    },
    description: "departments directly below, with the platform's other members",
    example: [{ id: 2, name: '研发部', parentId: 1, create_dept_group: true, auto_add_user: true }],
  },
  render: ({ id = ROOT_DEPARTMENT }) => departmentRequest('/topapi/v2/department/listsub', id),
  succeeded: saysYes,
  result: ({ body }) => ({ data: entries(body.result).map(department), outcome: 'sent' }),
  examples: [
    { name: 'root', summary: { zh: '根部门的下级', en: 'Below the root department' }, input: {} },
    { name: 'below', summary: { zh: '某部门的下级', en: 'Below a department' }, input: { id: '2' } },
  ],
};

export const departmentUsers: Operation<DepartmentUsersDto, DingTalkApp> = {
  id: 'department.users',
  effect: 'read',
  title: { zh: '查询部门成员', en: 'List the members of a department' },
  failure: { zh: '查询部门成员失败', en: 'The members could not be read' },
  source: 'https://open.dingtalk.com/document/development/queries-the-simple-information-of-a-department-user',
  input: DepartmentUsersDto,
  data: {
    type: 'array',
    items: {
      type: 'object',
      properties: { userid: { type: 'string' }, name: { type: 'string' } },
      additionalProperties: true,
    },
    description: 'direct members; where the list goes on, Link: rel="next" says how',
    example: [{ userid: 'zhangsan', name: '张三' }],
  },
  render: ({ id, cursor = '0', limit = MOST_USERS }) =>
    departmentRequest('/topapi/user/listsimple', id, `,"cursor":${Number(cursor)},"size":${limit}`),
  succeeded: saysYes,
  result: ({ body }) => {
    const page = object(body.result);
    const { next_cursor: next } = page;
    const goesOn = page.has_more === true && (typeof next === 'number' || typeof next === 'string');
    return { data: entries(page.list), outcome: 'sent', ...(goesOn ? { next: String(next) } : {}) };
  },
  examples: [
    { name: 'members', summary: { zh: '直属成员', en: 'Direct members' }, input: { id: '2' } },
    {
      name: 'page',
      summary: { zh: '每页 20 人', en: '20 people a page' },
      input: { id: '3', cursor: '20', limit: 20 },
    },
  ],
};

export const userByMobile: Operation<UserByMobileDto, DingTalkApp> = {
  id: 'user.by-mobile',
  effect: 'read',
  title: { zh: '按手机号查人', en: 'Find a person by mobile number' },
  failure: { zh: '按手机号查人失败', en: 'The person was not found' },
  source: 'https://open.dingtalk.com/document/development/query-users-by-phone-number',
  input: UserByMobileDto,
  data: {
    type: 'object',
    properties: { userid: { type: 'string' } },
    additionalProperties: true,
    example: { userid: 'zhangsan' },
  },
  render: ({ mobile }) => oldApiPost('/topapi/v2/user/getbymobile', { mobile }),
  succeeded: (answer) => saysYes(answer) && typeof object(answer.body.result).userid === 'string',
  result: ({ body }) => ({ data: body.result, outcome: 'sent' }),
  lookUp: {
    subject: ({ mobile }) => mobile,
    missCodes: ['60121', '46004'],
    misses: () => ({ rememberMs: REMEMBER_MS }),
  },
  examples: [{ name: 'mobile', summary: { zh: '按手机号', en: 'By number' }, input: { mobile: '13800000001' } }],
};

/** Ids are numbers of the platform: their digits go out as they are, whatever their length. */
function departmentRequest(path: string, id: string, rest = ''): ReturnType<typeof oldApiPost> {
  return { ...oldApiPost(path, {}), body: `{"dept_id":${id}${rest}}` };
}

/** What every provider calls by these names, and beside it what the platform says. */
function department({ dept_id: id, name, parent_id: parentId, ...rest }: Entry): Entry {
  return { id, name, parentId, ...rest };
}

function entries(value: unknown): readonly Entry[] {
  return Array.isArray(value) ? (value as readonly Entry[]) : [];
}

function object(value: unknown): Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Entry) : {};
}
