import type { Answer, SimulatedCall } from '../../../simulator/simulated-call.js';
import type { SimulatedApp } from './access-tokens.js';
import type { Directory, SimulatedUser } from './directory.js';
import { okAnswer, Refusal } from './refusals.js';
import { TopapiArguments } from './topapi-arguments.js';

const ROOT = '1';
/** People on one page of `listsimple`. */
const MAX_SIZE = 100;

/** The directory's `/topapi` APIs: departments, their members, and people by mobile number. */
export class Contacts {
  constructor(private readonly directory: Directory) {}

  /**
   * Departments directly below one, not those further down.
   *
   * @see https://open.dingtalk.com/document/development/user-management-acquires-the-list-departments
   */
  listSub(call: SimulatedCall, app: SimulatedApp): Answer {
    const args = TopapiArguments.of(call);
    const id = this.department(args.has('dept_id') ? args.requiredLong('dept_id') : ROOT, app);
    const result = this.directory.childrenOf(id).map((department) => ({
      dept_id: department.id,
      name: department.name,
      parent_id: department.parent,
      create_dept_group: true,
      auto_add_user: true,
    }));
    return okAnswer({ result });
  }

  /**
   * Members of a department itself, page by page.
   *
   * @see https://open.dingtalk.com/document/development/queries-the-simple-information-of-a-department-user
   */
  listSimple(call: SimulatedCall, app: SimulatedApp): Answer {
    const args = TopapiArguments.of(call);
    const members = this.directory.directMembers(this.department(args.requiredLong('dept_id'), app));
    const cursor = Number(args.requiredLong('cursor'));
    const size = Number(args.requiredLong('size'));
    if (size < 1 || size > MAX_SIZE) throw new Refusal(40069, '不合法的分页大小');
    if (cursor > members.length) throw new Refusal(40068, '不合法的偏移量');
    const end = cursor + size;
    const list = members.slice(cursor, end).map(({ userid, name }) => ({ userid, name }));
    const more = end < members.length;
    return okAnswer({ result: { has_more: more, ...(more && { next_cursor: end }), list } });
  }

  /**
   * Active people whom the app may see.
   *
   * @see https://open.dingtalk.com/document/development/query-users-by-phone-number
   */
  byMobile(call: SimulatedCall, app: SimulatedApp): Answer {
    const mobile = TopapiArguments.of(call).requiredText('mobile');
    if (!/^(\+\d{1,4}-)?\d{5,20}$/.test(mobile)) throw new Refusal(40104, '不合法的手机号码');
    const user = this.directory.byMobile(mobile);
    if (!user || !this.sees(user, app)) throw new Refusal(60121, '找不到该用户');
    return okAnswer({ result: { userid: user.userid, exclusive_account_userid_list: [] } });
  }

  private department(text: string, app: SimulatedApp): number {
    const id = Number(text);
    if (!this.directory.hasDepartment(id)) throw new Refusal(60003, '部门不存在');
    if (!this.isInScope(id, app)) throw new Refusal(50004, '请求的部门id不在授权范围内');
    return id;
  }

  private isInScope(id: number, { contactScope }: SimulatedApp): boolean {
    return contactScope?.some((ancestor) => this.directory.isWithin(id, ancestor)) ?? true;
  }

  private sees(user: SimulatedUser, app: SimulatedApp): boolean {
    return user.departments.some((id) => this.isInScope(id, app));
  }
}
