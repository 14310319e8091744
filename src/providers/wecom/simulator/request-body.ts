import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import { isJsonObject, Members, type JsonObject } from './members.js';
import { Refusal } from './refusals.js';

/** A JSON escape by number that is no part of an escaped backslash. */
const NUMERIC_ESCAPE = /(?<!\\)(?:\\\\)*\\u[\da-f]{4}/i;

/**
 * The JSON object in a body, whatever its Content-Type: what the platform says to another type is not documented.
 * What it cannot read it passes over ("may parse partially"), so such a call fails by the first member it lacks.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
export function requestBody(call: SimulatedCall): Members {
  if (NUMERIC_ESCAPE.test(call.text())) throw new Refusal(40033);
  return new Members(parsed(call) ?? {});
}

/** Whether errmsg has to mention the `wrong json format`. */
export function hasWrongJson(call: SimulatedCall): boolean {
  return call.method === 'POST' && call.mediaType !== 'multipart/form-data' && parsed(call) === undefined;
}

function parsed(call: SimulatedCall): JsonObject | undefined {
  try {
    const body = call.json();
    return isJsonObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}
