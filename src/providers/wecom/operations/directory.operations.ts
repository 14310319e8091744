import type { Operation, PlatformRequest } from '../../provider.contract.js';
import { DepartmentListDto, DepartmentUsersDto, UserByMobileDto } from '../dto/directory.dto.js';
import { saysYes, WECOM_TOKEN } from '../wecom.answers.js';
import type { WeComApp } from '../wecom.settings.js';
import { qyapiPost } from './qyapi.js';

type Entry = Readonly<Record<string, unknown>>;

/**
 * Longest list of departments or members, bytes: they come in one answer without pages, at some 100 bytes each.
 * @see https://developer.work.weixin.qq.com/document/path/90208
 */
const LIST_BYTES = 8 * 1024 * 1024;

/** Directory, as far as the app's visible range reaches. */

export const departmentList: Operation<DepartmentListDto, WeComApp> = {
  id: 'department.list',
  effect: 'read',
  title: { zh: '查询部门列表', en: 'List departments' },
  failure: { zh: '查询部门失败', en: 'The departments could not be read' },
  source: 'https://developer.work.weixin.qq.com/document/path/90208',
  input: DepartmentListDto,
  data: {
    type: 'array',
    items: {
      type: 'object',
      properties: { id: { type: 'integer' }, name: { type: 'string' }, parentId: { type: 'integer' } },
      additionalProperties: true,
    },
    description: "departments of all levels, with the platform's other members",
    example: [{ id: 2, name: '研发部', parentId: 1, order: 100000000 }],
  },
  render: ({ id }) => listed('/cgi-bin/department/list', { id }),
  succeeded: saysYes('department'),
  result: ({ body }) => ({ data: entries(body.department).map(department), outcome: 'sent' }),
  examples: [
    { name: 'all', summary: { zh: '应用可见的全部部门', en: 'All that the app sees' }, input: {} },
    { name: 'below', summary: { zh: '某部门及其下级', en: 'A department and those below it' }, input: { id: '2' } },
  ],
};

export const departmentUsers: Operation<DepartmentUsersDto, WeComApp> = {
  id: 'department.users',
  effect: 'read',
  title: { zh: '查询部门成员', en: 'List the members of a department' },
  failure: { zh: '查询部门成员失败', en: 'The members could not be read' },
  source: 'https://developer.work.weixin.qq.com/document/path/90200',
  input: DepartmentUsersDto,
  data: {
    type: 'array',
    items: {
      type: 'object',
      properties: { userid: { type: 'string' }, name: { type: 'string' } },
      additionalProperties: true,
    },
    description: 'direct members',
    example: [{ userid: 'zhangsan', name: '张三', department: [2] }],
  },
  render: ({ id }) => listed('/cgi-bin/user/simplelist', { department_id: id }),
  succeeded: saysYes('userlist'),
  result: ({ body }) => ({ data: entries(body.userlist), outcome: 'sent' }),
  examples: [{ name: 'members', summary: { zh: '直属成员', en: 'Direct members' }, input: { id: '2' } }],
};

export const userByMobile: Operation<UserByMobileDto, WeComApp> = {
  id: 'user.by-mobile',
  effect: 'read',
  title: { zh: '按手机号查人', en: 'Find a person by mobile number' },
  failure: { zh: '按手机号查人失败', en: 'The person was not found' },
  source: 'https://developer.work.weixin.qq.com/document/path/95402',
  input: UserByMobileDto,
  data: { type: 'object', properties: { userid: { type: 'string' } }, example: { userid: 'zhangsan' } },
  render: ({ mobile }) => qyapiPost('/cgi-bin/user/getuserid', { mobile }),
  succeeded: (answer) => saysYes('userid')(answer) && typeof answer.body.userid === 'string',
  result: ({ body }) => ({ data: { userid: body.userid }, outcome: 'sent' }),
  // Beyond a share of misses the platform bars the corporation from this call for a day.
  lookUp: {
    subject: ({ mobile }) => mobile,
    missCodes: ['46004', '60146'],
    misses: ({ settings: { lookups } }) => ({ rememberMs: lookups.missTtl, perDay: lookups.missesPerDay }),
  },
  examples: [{ name: 'mobile', summary: { zh: '按手机号', en: 'By number' }, input: { mobile: '13800000001' } }],
};

function listed(path: string, parameters: Readonly<Record<string, string | undefined>>): PlatformRequest {
  const query = Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return { method: 'GET', base: 'qyapi', path, query, token: WECOM_TOKEN, answerBytes: LIST_BYTES };
}

/** What every provider calls by these names, and beside it what the platform says. */
function department({ id, name, parentid: parentId, ...rest }: Entry): Entry {
  return { id, name, parentId, ...rest };
}

function entries(value: unknown): readonly Entry[] {
  return Array.isArray(value) ? (value as readonly Entry[]) : [];
}
