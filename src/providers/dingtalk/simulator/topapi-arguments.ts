import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import { ArgumentRefusal, Refusal } from './refusals.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The arguments of a `/topapi` call. The gateway reads a JSON body or a form; in a form every value is text, so that
 * an object has to be written as JSON. A body of another type carries no arguments.
 */
export class TopapiArguments {
  private constructor(
    private readonly values: JsonObject,
    private readonly fromForm: boolean,
  ) {}

  /** @throws Refusal 40035 if a JSON body is not a JSON object */
  static of(call: SimulatedCall): TopapiArguments {
    if (call.mediaType === 'application/x-www-form-urlencoded') {
      return new TopapiArguments(Object.fromEntries(call.form()), true);
    }
    if (call.mediaType !== 'application/json' || call.body.length === 0) return new TopapiArguments({}, false);
    const body = parseLosslessly(call.text());
    if (!isJsonObject(body)) throw new Refusal(40035, '不合法的参数：请求体不是 JSON 对象');
    return new TopapiArguments(body, false);
  }

  has(name: string): boolean {
    return this.values[name] !== undefined && this.values[name] !== null;
  }

  /** A string argument. Numbers and lists are malformed: the platform wants comma-separated text for lists of ids. */
  text(name: string): string | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    if (typeof value !== 'string') throw ArgumentRefusal.malformed(name);
    return value;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw ArgumentRefusal.missing(name);
    return value;
  }

  /** A Long, as number or as digits, with all its digits kept. */
  requiredLong(name: string): string {
    if (!this.has(name) || this.values[name] === '') throw ArgumentRefusal.missing(name);
    const value = String(this.values[name]);
    if (!/^\d+$/.test(value)) throw ArgumentRefusal.malformed(name);
    return value;
  }

  boolean(name: string): boolean | undefined {
    if (!this.has(name)) return undefined;
    const value = String(this.values[name]);
    if (value !== 'true' && value !== 'false') throw ArgumentRefusal.malformed(name);
    return value === 'true';
  }

  /** An object: itself in a JSON body, JSON text in a form. */
  requiredObject(name: string): JsonObject {
    if (!this.has(name)) throw ArgumentRefusal.missing(name);
    const value = this.values[name];
    const object = this.fromForm ? parseLosslessly(String(value)) : value;
    if (!isJsonObject(object)) throw ArgumentRefusal.malformed(name);
    return object;
  }
}

/** JSON, with integers of 16 and more digits kept as text. Undefined if it is not JSON. */
function parseLosslessly(json: string): unknown {
  const quoted = json.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined;
  }
}
