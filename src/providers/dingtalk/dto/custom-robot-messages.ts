import { MessageCatalog } from '../../message-catalog.js';
import { robotActionCardMessage } from './custom-robot/action-card.js';
import { robotFeedCardMessage } from './custom-robot/feed-card.js';
import { robotLinkMessage } from './custom-robot/link.js';
import { robotMarkdownMessage } from './custom-robot/markdown.js';
import { robotTextMessage } from './custom-robot/text.js';

/** The message types of custom robots. Work notices have types of other names and spellings. */
export const customRobotMessages = new MessageCatalog('DingTalkRobot', [
  robotTextMessage,
  robotMarkdownMessage,
  robotLinkMessage,
  robotActionCardMessage,
  robotFeedCardMessage,
]);
