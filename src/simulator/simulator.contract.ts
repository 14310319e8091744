import type { Faults } from './faults.js';
import type { Ledger } from './ledger.js';

/**
 * A platform played by a real HTTP server on the loopback interface.
 *
 * It is written from the platform's published facts, never from the gateway's own request types, so that a request
 * which the platform would refuse is refused here too. Tests start one instead of spying on the HTTP library; the
 * sandbox starts one so that a first message needs no credentials.
 *
 * @example
 * ```ts
 * const platform = await new DingTalkSimulator().start();
 * const config = { providers: { dingtalk: platform.gatewayConfig() } };
 * platform.faults.next({ kind: 'hang' }, { path: '/chat/send' });
 * // … drive the gateway …
 * platform.ledger.messages({ operation: 'chat.send' });
 * await platform.close();
 * ```
 */
export interface Simulator {
  /** Id of the provider this platform belongs to, for example `dingtalk`. */
  readonly provider: string;
  /** Base URL without a trailing slash, for example `http://127.0.0.1:40123`. Throws before {@link start}. */
  readonly url: string;
  /** Everything that was received, accepted and answered. */
  readonly ledger: Ledger;
  /** What is going to go wrong. */
  readonly faults: Faults;
  /** Listens on 127.0.0.1; without a port the system chooses a free one. */
  start(port?: number): Promise<this>;
  /** Stops listening and destroys every socket, hanging ones included. */
  close(): Promise<void>;
  /** The `providers.<id>` block of the gateway's configuration that makes the gateway talk to this simulator. */
  gatewayConfig(): Record<string, unknown>;
  /** Every access token that is valid now is rejected from now on; new ones can be fetched. */
  revokeTokens(): void;
  /** While `true`, the credentials of {@link gatewayConfig} fetch no token. Tokens already issued stay valid. */
  rejectCredentials(reject: boolean): void;
  /** While `true`, calls are answered as the platform does when the caller is over its call rate. */
  throttle(on: boolean): void;
  /**
   * Makes an example of an operation come true for the first of the apps: whatever it refers to (a group, a file, a
   * message to take back) exists from now on under the very ids of the example, and what it may do only once (a task id,
   * a response code) may be done again. Absent when every example works in the platform as it starts.
   *
   * @param operation id in the provider, `chat.send`
   * @param input the example's input
   */
  prepare?(operation: string, input: Readonly<Record<string, unknown>>): void;
  /**
   * While `true`, a message to the people of the examples reaches the first of them only, and the platform says so
   * beside its yes. Absent when the platform never takes a message in part.
   */
  reachOnlySome?(on: boolean): void;
  /** How many times the token endpoint was asked, whatever it answered. */
  tokenRequests(): number;
}
