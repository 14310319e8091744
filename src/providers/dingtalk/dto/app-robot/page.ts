import type { MessageExample, MessageType } from '../../../message-catalog.js';

/** The platform's page of what robots send, the source of everything in this folder. */
const ROBOT_MESSAGE_PAGE = 'https://open.dingtalk.com/document/development/robot-message-type';

/**
 * A message type of the app robots. The page lists its members and no limits; what must be there is what a message of
 * the type cannot be shown without, and the platform decides about the rest.
 */
export function robotMessage(
  msgKey: string,
  title: MessageType['title'],
  content: MessageType['content'],
  summary: MessageExample['summary'],
  msgParam: Readonly<Record<string, unknown>>,
): MessageType {
  return {
    msgtype: msgKey,
    title,
    source: ROBOT_MESSAGE_PAGE,
    content,
    examples: [{ name: msgKey, summary, message: { msgKey, msgParam } }],
  };
}
