import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import { NewApiRefusal } from './new-api-refusals.js';
import { isJsonObject, type JsonObject } from './topapi-arguments.js';

/** The JSON body of a call to the new API. A member of another type than the documented one is refused. */
export class NewApiBody {
  private constructor(
    private readonly values: JsonObject,
    /** Code for a member of the wrong type. */
    private readonly malformed: string,
  ) {}

  /**
   * Only `application/json` counts as a body.
   * @throws NewApiRefusal
   * @see https://github.com/aliyun/alibabacloud-php-sdk/issues/36
   */
  static of(call: SimulatedCall, malformed: string): NewApiBody {
    const body = call.mediaType === 'application/json' && call.body.length > 0 ? parsed(call) : undefined;
    if (!isJsonObject(body)) throw NewApiRefusal.bad('Missingbody', 'body is mandatory for this action.');
    return new NewApiBody(body, malformed);
  }

  /** A text, or undefined when there is none. */
  text(member: string): string | undefined {
    const value = this.given(member);
    if (value === undefined || typeof value === 'string') return value;
    throw this.refusal(member);
  }

  /** A text that must be there. */
  requiredText(member: string, missing = this.malformed): string {
    const value = this.text(member);
    if (!value) throw NewApiRefusal.bad(missing, `缺少参数 ${member}`);
    return value;
  }

  /** A list of texts; empty when there is none. */
  texts(member: string): readonly string[] {
    const value = this.given(member) ?? [];
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
    throw this.refusal(member);
  }

  /** A whole number in a range, or undefined when there is none. */
  integer(member: string, min: number, max: number): number | undefined {
    const value = this.given(member);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw this.refusal(member);
  }

  /** An object; empty when there is none. */
  object(member: string): JsonObject {
    const value = this.given(member) ?? {};
    if (isJsonObject(value)) return value;
    throw this.refusal(member);
  }

  private given(member: string): unknown {
    return this.values[member] ?? undefined;
  }

  private refusal(member: string): NewApiRefusal {
    return NewApiRefusal.bad(this.malformed, `参数不合法 ${member}`);
  }
}

function parsed(call: SimulatedCall): unknown {
  try {
    return call.json();
  } catch {
    return undefined;
  }
}
