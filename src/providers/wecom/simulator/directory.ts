export interface SimulatedUser {
  /** Unique regardless of case. Digits alone are a valid id. */
  readonly userid: string;
  readonly name: string;
  readonly departments: readonly number[];
  readonly mobile?: string;
}

export interface SimulatedDepartment {
  readonly id: number;
  readonly name: string;
  /** Absent for the root department alone, whose id is 1. */
  readonly parent?: number;
}

export interface SimulatedTag {
  readonly id: number;
  readonly name: string;
  readonly users?: readonly string[];
  readonly departments?: readonly number[];
}

export const ROOT_DEPARTMENT = 1;

export const DEFAULT_DEPARTMENTS: readonly SimulatedDepartment[] = [
  { id: ROOT_DEPARTMENT, name: '示例公司' },
  { id: 2, name: '研发部', parent: 1 },
  { id: 3, name: '运维部', parent: 1 },
  { id: 21, name: '平台组', parent: 2 },
];

export const DEFAULT_TAGS: readonly SimulatedTag[] = [
  { id: 1, name: '值班', users: ['zhangsan', 'wangwu'] },
  { id: 2, name: '全体运维', departments: [3] },
];

export const DEFAULT_USERS: readonly SimulatedUser[] = [
  { userid: 'zhangsan', name: '张三', departments: [2], mobile: '13800000001' },
  { userid: 'lisi', name: '李四', departments: [2, 21], mobile: '13800000002' },
  { userid: 'wangwu', name: '王五', departments: [3], mobile: '13800000003' },
  { userid: '10086', name: '赵六', departments: [2] },
  { userid: '20001', name: '孙七', departments: [3] },
  ...Array.from({ length: 50 }, (_, index) => {
    const number = String(index + 1).padStart(3, '0');
    return { userid: `user${number}`, name: `员工${number}`, departments: [index % 2 === 0 ? 3 : 21] };
  }),
];

/** Who works where in the simulated organisation, and who wears which tag. */
export class Directory {
  private readonly users: ReadonlyMap<string, SimulatedUser>;
  private readonly departments: ReadonlyMap<number, SimulatedDepartment>;
  private readonly tags: ReadonlyMap<number, SimulatedTag>;

  constructor(
    users: readonly SimulatedUser[],
    departments: readonly SimulatedDepartment[],
    tags: readonly SimulatedTag[],
  ) {
    this.users = new Map(users.map((user) => [user.userid.toLowerCase(), user]));
    this.departments = new Map(departments.map((department) => [department.id, department]));
    this.tags = new Map(tags.map((tag) => [tag.id, tag]));
  }

  /** By id, in whatever case it is written. */
  user(userid: string): SimulatedUser | undefined {
    return this.users.get(userid.toLowerCase());
  }

  byMobile(mobile: string): SimulatedUser | undefined {
    return this.everyone().find((user) => user.mobile === mobile);
  }

  allDepartments(): SimulatedDepartment[] {
    return [...this.departments.values()];
  }

  hasDepartment(id: number): boolean {
    return this.departments.has(id);
  }

  tag(id: number): SimulatedTag | undefined {
    return this.tags.get(id);
  }

  everyone(): SimulatedUser[] {
    return [...this.users.values()];
  }

  /** Members of a department and of those below it. */
  membersBelow(id: number): SimulatedUser[] {
    return this.everyone().filter((user) => user.departments.some((department) => this.isWithin(department, id)));
  }

  isWithin(department: number, ancestor: number): boolean {
    for (let id: number | undefined = department; id !== undefined; id = this.departments.get(id)?.parent) {
      if (id === ancestor) return true;
    }
    return false;
  }

  wearersOf(tag: SimulatedTag): SimulatedUser[] {
    const named = (tag.users ?? []).map((userid) => this.user(userid)).filter((user) => user !== undefined);
    const placed = (tag.departments ?? []).flatMap((id) => this.membersBelow(id));
    return [...new Set([...named, ...placed])];
  }
}
