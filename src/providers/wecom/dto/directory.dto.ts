import { IdField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';

const DEPARTMENT_ID = {
  expression: /^[1-9]\d{0,9}$/,
  means: { zh: '必须是部门 id（数字）', en: 'must be the id of a department (digits)' },
} as const;

/**
 * Query of `GET /v1/wecom/department/list`.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90208
 */
export class DepartmentListDto {
  @IdField({
    required: false,
    pattern: DEPARTMENT_ID,
    description: {
      zh: '部门 id；返回该部门及其各级下级，缺省为应用可见的全部部门',
      en: 'Id of a department: it and all those below it are listed; by default all that the app sees',
    },
    example: '2',
  })
  id?: string;
}

/**
 * Query of `GET /v1/wecom/department/users`.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90200
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
}

/**
 * Body of `POST /v1/wecom/user/by-mobile`. The number stands in the body, since addresses end up in logs.
 *
 * @see https://developer.work.weixin.qq.com/document/path/95402
 */
@ApiSchema({
  name: 'WeComUserByMobileDto',
  description: '按手机号查 userid，限应用可见的成员。Finds the userid of a member whom the app sees, by mobile number.',
})
export class UserByMobileDto {
  @IdField({
    pattern: {
      expression: /^(?=.{5,32}$)\+?\d+(?:-\d+)?$/,
      means: {
        zh: '必须是 5 到 32 位的手机号，只含数字，可带 + 和区号',
        en: 'must be a mobile number of 5 to 32 characters: digits, perhaps with + and a country code',
      },
    },
    description: { zh: '手机号，5 到 32 位', en: 'Mobile number, 5 to 32 characters' },
    example: '13800000001',
  })
  mobile: string;
}
