import { createHmac } from 'node:crypto';

/**
 * Signature of a custom robot: HMAC-SHA256 over the time and the secret, keyed with the secret itself, in Base64. It is
 * percent-encoded once, by whoever builds the address. The platform takes it for an hour around its own time.
 *
 * @param timestamp epoch milliseconds: the platform takes no seconds
 * @param secret as the robot's settings show it, with the leading `SEC`
 * @see https://open.dingtalk.com/document/dingstart/customize-robot-security-settings
 */
export function robotSignature(timestamp: number, secret: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
}
