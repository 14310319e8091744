import { ROOT_DEPARTMENT, type Directory, type SimulatedUser } from './directory.js';

/** Whom an app may see and address, as an administrator has set it in the console. */
export interface VisibleRange {
  readonly users?: readonly string[];
  /** A department stands for those below it too. */
  readonly departments?: readonly number[];
  readonly tags?: readonly number[];
}

/** The visible range of one app, looked up in the directory. */
export class Visibility {
  constructor(
    private readonly directory: Directory,
    private readonly range: VisibleRange,
  ) {}

  /** Whether the app sees the whole organisation, which group chats demand. */
  get isRoot(): boolean {
    return this.range.departments?.includes(ROOT_DEPARTMENT) ?? false;
  }

  /** The member with this id, unless unknown or out of sight. */
  user(userid: string): SimulatedUser | undefined {
    const user = this.directory.user(userid);
    return user && this.sees(user) ? user : undefined;
  }

  everyone(): SimulatedUser[] {
    return this.directory.everyone().filter((user) => this.sees(user));
  }

  /** Members of a department and of those below it; undefined if the app may not address the department. */
  department(text: string): SimulatedUser[] | undefined {
    const id = idOf(text);
    if (id === undefined || !this.directory.hasDepartment(id)) return undefined;
    return this.seesDepartment(id) ? this.directory.membersBelow(id) : undefined;
  }

  /** Whether the department is in the range, by itself or by one above it. */
  seesDepartment(id: number): boolean {
    return this.range.departments?.some((ancestor) => this.directory.isWithin(id, ancestor)) ?? false;
  }

  /** Wearers of a tag whom the app sees; undefined if the app may not address the tag. */
  tag(text: string): SimulatedUser[] | undefined {
    const id = idOf(text);
    const tag = id === undefined ? undefined : this.directory.tag(id);
    if (!tag || !(this.isRoot || this.range.tags?.includes(tag.id))) return undefined;
    return this.directory.wearersOf(tag).filter((user) => this.sees(user));
  }

  private sees(user: SimulatedUser): boolean {
    const { users = [], departments = [], tags = [] } = this.range;
    return (
      users.some((userid) => userid.toLowerCase() === user.userid.toLowerCase()) ||
      departments.some((ancestor) => user.departments.some((id) => this.directory.isWithin(id, ancestor))) ||
      tags.some((id) => {
        const tag = this.directory.tag(id);
        return tag !== undefined && this.directory.wearersOf(tag).includes(user);
      })
    );
  }
}

function idOf(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
