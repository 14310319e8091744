import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Ledger } from '../../../simulator/ledger.js';
import type { Answer, SimulatedCall } from '../../../simulator/simulated-call.js';
import { SlidingWindow } from '../../../simulator/sliding-window.js';
import { checkRobotMessage, type RobotMessage } from './custom-robot-checks.js';
import { okAnswer, Refusal } from './refusals.js';

/** A custom robot of a group, with the security settings that its owner chose. */
export interface SimulatedRobot {
  /** Name in the gateway's configuration. */
  readonly name: string;
  readonly accessToken: string;
  /** Signing is on. */
  readonly secret?: string;
  /** One of them must be in every message. */
  readonly keywords?: readonly string[];
  /** Addresses that may post; absent: any. */
  readonly allowIps?: readonly string[];
}

export interface RobotOptions {
  /** The robots of the organisation's groups. Default {@link DEFAULT_ROBOTS}. */
  readonly robots?: readonly SimulatedRobot[];
  /** Messages of one robot in a minute. Default 20, as on the platform. */
  readonly robotMessagesPerMinute?: number;
}

export const DEFAULT_ROBOTS: readonly SimulatedRobot[] = [
  {
    name: 'ops',
    accessToken: 'simrobot7f0b9d2c4e6a8135f7b9d0c2e4a681357f9b0d2c4e6a8135f7b9d0c2',
    secret: 'SECsim0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6',
  },
];

const MAX_BODY_BYTES = 20_000;
const MINUTE_MS = 60_000;
const BLOCK_MS = 600_000;
const SIGNATURE_LIFE_MS = 3_600_000;

/**
 * `/robot/send`: the webhooks of custom robots.
 *
 * @see https://open.dingtalk.com/document/development/custom-robots-send-group-messages
 * @see https://open.dingtalk.com/document/dingstart/customize-robot-security-settings
 */
export class CustomRobots {
  /** The platform is asked too fast, whatever was sent. */
  throttled = false;
  /** No access_token is known any more. */
  rejecting = false;
  readonly all: readonly SimulatedRobot[];
  private readonly window: SlidingWindow;
  private readonly blockedUntil = new Map<string, number>();
  /** Keys of messages that were taken, per robot. How long the platform remembers them is not documented. */
  private readonly taken = new Set<string>();

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: () => number,
    options: RobotOptions,
  ) {
    this.all = options.robots ?? DEFAULT_ROBOTS;
    this.window = new SlidingWindow(options.robotMessagesPerMinute ?? 20, MINUTE_MS, clock);
  }

  /** Every robot may send again, and has sent nothing yet. */
  rest(): void {
    this.window.clear();
    this.blockedUntil.clear();
    this.taken.clear();
  }

  send(call: SimulatedCall): Answer {
    const robot = this.robotOf(call);
    if (robot.secret !== undefined) this.checkSignature(call, robot.secret);
    if (robot.allowIps && !robot.allowIps.includes(call.remoteAddress)) {
      throw new Refusal(310000, `ip ${call.remoteAddress} not in whitelist`);
    }
    if (call.mediaType !== 'application/json') throw new Refusal(43004, '无效的HTTP HEADER Content-Type');
    if (call.body.length > MAX_BODY_BYTES) throw new Refusal(460101, 'message too long, exceed 20000 bytes');
    const message = checkRobotMessage(call.text());
    if (robot.keywords && !robot.keywords.some((keyword) => message.words.includes(keyword))) {
      throw new Refusal(310000, 'keywords not in content');
    }
    this.checkRate(robot);
    const key = `${robot.name} ${message.msgUuid ?? ''}`;
    if (message.msgUuid !== undefined && this.taken.has(key)) return okAnswer();
    if (message.msgUuid !== undefined) this.taken.add(key);
    this.record(robot, message);
    return okAnswer();
  }

  private record(robot: SimulatedRobot, { msgtype, content, mentioned, mentionsAll }: RobotMessage): void {
    this.ledger.recordMessage({
      id: `robot${randomBytes(12).toString('hex')}`,
      provider: 'dingtalk',
      app: `robots/${robot.name}`,
      operation: 'robot.send',
      recipients: { robot: robot.name, users: mentioned, ...(mentionsAll && { all: true }) },
      msgtype,
      content,
      shown: true,
    });
  }

  private robotOf(call: SimulatedCall): SimulatedRobot {
    const token = call.query.get('access_token');
    const robot = this.rejecting ? undefined : this.all.find(({ accessToken }) => accessToken === token);
    if (!robot) throw new Refusal(300005, 'token is not exist');
    return robot;
  }

  /** The time in milliseconds, within an hour of now, and the signature over it: computed here, not taken from the gateway. */
  private checkSignature(call: SimulatedCall, secret: string): void {
    const timestamp = call.query.get('timestamp') ?? '';
    const age = Math.abs(this.clock() - Number(timestamp));
    if (!/^\d{13}$/.test(timestamp) || age > SIGNATURE_LIFE_MS) throw new Refusal(310000, 'invalid timestamp');
    const mac = createHmac('sha256', Buffer.from(secret, 'utf8'));
    mac.update(Buffer.concat([Buffer.from(timestamp), Buffer.from([0x0a]), Buffer.from(secret, 'utf8')]));
    const expected = mac.digest();
    const given = Buffer.from(call.query.get('sign') ?? '', 'base64');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new Refusal(310000, 'sign not match');
    }
  }

  /** 20 in a minute; whoever sends one more is blocked for ten minutes. */
  private checkRate({ name }: SimulatedRobot): void {
    if (this.throttled) throw new Refusal(130101, 'send too fast, exceed 20 times per minute');
    if (this.clock() < (this.blockedUntil.get(name) ?? 0)) throw new Refusal(410100, '发送速度太快而限流');
    if (this.window.tryTake(name)) return;
    this.blockedUntil.set(name, this.clock() + BLOCK_MS);
    throw new Refusal(130101, 'send too fast, exceed 20 times per minute');
  }
}
