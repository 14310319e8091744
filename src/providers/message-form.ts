import { inspectJson } from '../json/exact-json.js';
import { MAX_DEPTH } from '../inbound/json-body.js';

const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

type Message = Readonly<Record<string, unknown>>;

/**
 * How the messages of a platform are written: which member names the type, and which holds the content. Most are
 * `{ msgtype: 'text', text: { … } }`; the robots of DingTalk's new API take `{ msgKey: 'sampleText', msgParam: '{…}' }`.
 */
export class MessageForm {
  /** The content stands under the name of its type. */
  static readonly NAMED = new MessageForm('msgtype');

  /**
   * @param typeMember names the type, `msgKey`
   * @param content holds the content of every type, as an object or as the JSON text of one; absent where the content
   *   stands under the name of its type
   */
  constructor(
    readonly typeMember: string,
    private readonly content?: string,
  ) {}

  /** May the content be JSON text of an object as well? */
  get takesText(): boolean {
    return this.content !== undefined;
  }

  /** The type that a message names, known or not; undefined when it names none. */
  typeOf(message: Message): string | undefined {
    const type = Object.hasOwn(message, this.typeMember) ? message[this.typeMember] : undefined;
    return typeof type === 'string' && TYPE_NAME.test(type) && type !== this.typeMember ? type : undefined;
  }

  /** The member that holds the content of a type. */
  contentMember(type: string): string {
    return this.content ?? type;
  }

  /** The content object of a message; undefined when there is none. */
  contentOf(message: Message): Record<string, unknown> | undefined {
    const member = this.contentMember(this.typeOf(message) ?? '');
    const content = Object.hasOwn(message, member) ? message[member] : undefined;
    const object = this.takesText && typeof content === 'string' ? parsed(content) : content;
    return isObject(object) ? object : undefined;
  }

  /**
   * The message that stands among the members of a request.
   * @param others members of the request; none of them can be the content
   * @param types the documented types
   * @returns the message, and every member that may have been meant to be part of it
   */
  among(
    body: Message,
    others: ReadonlySet<string>,
    types: readonly string[],
  ): { readonly message: Record<string, unknown>; readonly members: ReadonlySet<string> } {
    const type = this.typeOf(body);
    const named = type !== undefined && !others.has(this.contentMember(type)) ? type : undefined;
    // Without a type nobody can say which content was meant, so none is called an unknown member.
    const contents =
      named === undefined ? types.map((known) => this.contentMember(known)) : [this.contentMember(named)];
    const own = named === undefined ? [] : [this.typeMember, ...contents];
    return {
      message: Object.fromEntries(
        own.filter((member) => Object.hasOwn(body, member)).map((name) => [name, body[name]]),
      ),
      members: new Set([this.typeMember, ...contents]),
    };
  }
}

/** Text that is nested too deeply is no content: it would exhaust the stack of what comes after. */
function parsed(text: string): unknown {
  if (inspectJson(text, MAX_DEPTH).depth > MAX_DEPTH) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
