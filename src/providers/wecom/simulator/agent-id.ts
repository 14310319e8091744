import type { SimulatedApp } from './access-tokens.js';
import type { Members } from './members.js';
import { Refusal } from './refusals.js';

export interface AgentIdRule {
  /**
   * Whether digits in a string pass as `agentid`. The table of errors demands a number, and clients in the field were
   * seen with either. Default false.
   */
  readonly takesTextAgentId?: boolean;
}

/**
 * A token acts for its own app only.
 *
 * @throws Refusal
 */
export function checkAgent(body: Members, app: SimulatedApp, rule: AgentIdRule): void {
  const given = body.value('agentid');
  if (given === undefined) throw new Refusal(41011);
  const isText = rule.takesTextAgentId === true && typeof given === 'string' && /^\d+$/.test(given);
  const agentId = isText ? Number(given) : given;
  if (!Number.isInteger(agentId)) throw new Refusal(40056);
  if (agentId !== app.agentId) throw new Refusal(301002);
}
