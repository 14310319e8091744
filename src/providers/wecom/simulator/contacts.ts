import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import { SlidingWindow } from '../../../simulator/sliding-window.js';
import type { SimulatedApp } from './access-tokens.js';
import type { Directory } from './directory.js';
import type { JsonObject } from './members.js';
import { Refusal } from './refusals.js';
import { requestBody } from './request-body.js';
import { Visibility } from './visible-range.js';

export interface ContactOptions {
  /** People that the organisation may have: a fifth of it is the number of failing look-ups. Default 200. */
  readonly headcountLimit?: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MISS_SHARE = 0.2;
const MIN_MOBILE_BYTES = 5;
const MAX_MOBILE_BYTES = 32;
/** Siblings are ordered by it, the greatest first. */
const FIRST_ORDER = 100_000_000;

/** The directory as an app sees it: departments, their members, and people by mobile number. */
export class Contacts {
  private readonly misses: SlidingWindow;
  private barredUntil = 0;

  constructor(
    private readonly directory: Directory,
    private readonly clock: () => number,
    { headcountLimit = 200 }: ContactOptions,
  ) {
    this.misses = new SlidingWindow(Math.floor(headcountLimit * MISS_SHARE), DAY_MS, clock);
  }

  /** While `true`, looking up is barred, as after too many misses. */
  bar(on: boolean): void {
    this.barredUntil = on ? this.clock() + DAY_MS : 0;
    this.misses.clear();
  }

  /**
   * A department with all those below it; without an id, every department in sight.
   *
   * @see https://developer.work.weixin.qq.com/document/path/90208
   */
  departments(call: SimulatedCall, app: SimulatedApp): JsonObject {
    const visibility = new Visibility(this.directory, app.visibleRange);
    const given = call.query.get('id');
    const top = given === null ? undefined : this.departmentId(given, visibility);
    const department = this.directory
      .allDepartments()
      .filter(({ id }) => (top === undefined || this.directory.isWithin(id, top)) && visibility.seesDepartment(id))
      .map(({ id, name, parent }, index) => ({ id, name, parentid: parent ?? 0, order: FIRST_ORDER - index }));
    return { department };
  }

  /**
   * Members of a department itself.
   *
   * @see https://developer.work.weixin.qq.com/document/path/90200
   */
  members(call: SimulatedCall, app: SimulatedApp): JsonObject {
    const visibility = new Visibility(this.directory, app.visibleRange);
    const given = call.query.get('department_id');
    if (!given) throw new Refusal(40063, 'department_id');
    const id = this.departmentId(given, visibility);
    const userlist = this.directory
      .everyone()
      .filter(({ departments }) => departments.includes(id))
      .map(({ userid, name, departments }) => ({ userid, name, department: departments }));
    return { userlist };
  }

  /**
   * The member with a mobile number, if the app sees that member. Which code stands for the bar is not documented; this
   * is the code of every other limit.
   *
   * @see https://developer.work.weixin.qq.com/document/path/95402
   */
  userid(call: SimulatedCall, app: SimulatedApp): JsonObject {
    const mobile = requestBody(call).requiredText('mobile', 40063);
    const bytes = Buffer.byteLength(mobile);
    if (bytes < MIN_MOBILE_BYTES || bytes > MAX_MOBILE_BYTES || !/^\+?[\d-]+$/.test(mobile)) throw new Refusal(60103);
    if (this.clock() < this.barredUntil) throw new Refusal(45009);
    const found = this.directory.byMobile(mobile);
    const user = found && new Visibility(this.directory, app.visibleRange).user(found.userid);
    if (user) return { userid: user.userid };
    if (!this.misses.tryTake()) {
      this.bar(true);
      throw new Refusal(45009);
    }
    throw new Refusal(46004);
  }

  private departmentId(text: string, visibility: Visibility): number {
    const id = /^\d{1,10}$/.test(text) ? Number(text) : 0;
    if (!this.directory.hasDepartment(id)) throw new Refusal(60123);
    if (!visibility.seesDepartment(id)) throw new Refusal(60011);
    return id;
  }
}
