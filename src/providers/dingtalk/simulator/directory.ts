export interface SimulatedUser {
  readonly userid: string;
  readonly name: string;
  readonly departments: readonly number[];
  /** As it stands in the directory; a foreign one as +code-number. */
  readonly mobile?: string;
}

export interface SimulatedDepartment {
  readonly id: number;
  readonly name: string;
  /** Absent for the root department alone, whose id is 1. */
  readonly parent?: number;
}

export const DEFAULT_DEPARTMENTS: readonly SimulatedDepartment[] = [
  { id: 1, name: '示例公司' },
  { id: 2, name: '研发部', parent: 1 },
  { id: 3, name: '运维部', parent: 1 },
  { id: 21, name: '平台组', parent: 2 },
];

export const DEFAULT_USERS: readonly SimulatedUser[] = [
  { userid: 'manager4220', name: '王经理', departments: [1], mobile: '13800000000' },
  { userid: 'zhangsan', name: '张三', departments: [2], mobile: '13800000001' },
  { userid: 'lisi', name: '李四', departments: [2, 21], mobile: '+852-51234567' },
  ...Array.from({ length: 120 }, (_, index) => {
    const number = String(index + 1).padStart(3, '0');
    return { userid: `user${number}`, name: `员工${number}`, departments: [index % 2 === 0 ? 3 : 21] };
  }),
];

/** Who works where in the simulated organisation. */
export class Directory {
  private readonly users: ReadonlyMap<string, SimulatedUser>;
  private readonly departments: ReadonlyMap<number, SimulatedDepartment>;

  constructor(users: readonly SimulatedUser[], departments: readonly SimulatedDepartment[]) {
    this.users = new Map(users.map((user) => [user.userid, user]));
    this.departments = new Map(departments.map((department) => [department.id, department]));
  }

  hasUser(userid: string): boolean {
    return this.users.has(userid);
  }

  nameOf(userid: string): string {
    return this.users.get(userid)?.name ?? '';
  }

  hasDepartment(id: number): boolean {
    return this.departments.has(id);
  }

  byMobile(mobile: string): SimulatedUser | undefined {
    return [...this.users.values()].find((user) => user.mobile === mobile);
  }

  /** Departments directly below one. */
  childrenOf(id: number): SimulatedDepartment[] {
    return [...this.departments.values()].filter(({ parent }) => parent === id);
  }

  /** Members of a department itself. */
  directMembers(id: number): SimulatedUser[] {
    return [...this.users.values()].filter(({ departments }) => departments.includes(id));
  }

  everyone(): string[] {
    return [...this.users.keys()];
  }

  /** Members of a department and of those below it. */
  membersBelow(id: number): string[] {
    const members: string[] = [];
    for (const user of this.users.values()) {
      if (user.departments.some((department) => this.isWithin(department, id))) members.push(user.userid);
    }
    return members;
  }

  isWithin(department: number, ancestor: number): boolean {
    for (let id: number | undefined = department; id !== undefined; id = this.departments.get(id)?.parent) {
      if (id === ancestor) return true;
    }
    return false;
  }
}
