import { IdField, IntegerField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';

/** Departments of one page of `listsimple`, at most. */
export const MOST_USERS = 100;

const DEPARTMENT_ID = {
  expression: /^[1-9]\d{0,18}$/,
  means: { zh: '必须是部门 id（数字）', en: 'must be the id of a department (digits)' },
} as const;

/**
 * Query of `GET /v1/dd/department/list`.
 *
 * @see https://open.dingtalk.com/document/development/user-management-acquires-the-list-departments
 */
export class DepartmentListDto {
  @IdField({
    required: false,
    pattern: DEPARTMENT_ID,
    description: {
      zh: '上级部门的 id，缺省为根部门 1；只返回直属下级',
      en: 'Id of the department above, by default the root department 1; only those directly below it are listed',
    },
    example: '1',
  })
  id?: string;
}

/**
 * Query of `GET /v1/dd/department/users`.
 *
 * @see https://open.dingtalk.com/document/development/queries-the-simple-information-of-a-department-user
 */
export class DepartmentUsersDto {
  @IdField({
    pattern: DEPARTMENT_ID,
    description: {
      zh: '部门 id；只含直属成员，不含下级部门',
      en: 'Id of the department; its direct members only, not those of departments below',
    },
    example: '2',
  })
  id: string;

  @IdField({
    required: false,
    pattern: { expression: /^\d{1,15}$/, means: { zh: '必须是上一页给出的游标', en: 'must be a cursor of a page' } },
    description: {
      zh: '从哪里继续，取自上一页的 Link: rel="next"',
      en: 'Where to go on, from Link: rel="next" of the page before',
    },
  })
  cursor?: string;

  @IntegerField({
    required: false,
    fromText: true,
    min: 1,
    max: MOST_USERS,
    description: { zh: '每页人数，缺省 100', en: 'People on one page, by default 100' },
    example: 100,
  })
  limit?: number;
}

/**
 * Body of `POST /v1/dd/user/by-mobile`. The number stands in the body, since addresses end up in logs.
 *
 * @see https://open.dingtalk.com/document/development/query-users-by-phone-number
 */
@ApiSchema({
  name: 'DingTalkUserByMobileDto',
  description: '按手机号查 userid，仅限在职员工。Finds the userid of an active employee by mobile number.',
})
export class UserByMobileDto {
  @IdField({
    pattern: {
      expression: /^(?=.{5,32}$)\+?\d+(?:-\d+)?$/,
      means: {
        zh: '必须是 5 到 32 位的手机号；境外号码写作 +区号-号码',
        en: 'must be a mobile number of 5 to 32 characters; a foreign one is written +code-number',
      },
    },
    description: { zh: '手机号；境外号码写作 +区号-号码', en: 'Mobile number; a foreign one as +code-number' },
    example: '13800000001',
  })
  mobile: string;
}
