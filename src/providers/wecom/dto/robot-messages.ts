import { MessageCatalog } from '../../message-catalog.js';
import { appchatNewsMessage } from './messages/news.js';
import { robotImageMessage } from './robot/image.js';
import { robotMarkdownMessage, robotMarkdownV2Message } from './robot/markdown.js';
import { robotFileMessage, robotVoiceMessage } from './robot/media.js';
import { ROBOT_PAGE } from './robot/page.js';
import { robotTemplateCardMessage } from './robot/template-card.js';
import { robotTextMessage } from './robot/text.js';

/** The message types of group robots. News are those of group chats: without mini programs. */
export const robotMessages = new MessageCatalog('WeComRobot', [
  robotTextMessage,
  robotMarkdownMessage,
  robotMarkdownV2Message,
  robotImageMessage,
  { ...appchatNewsMessage, source: ROBOT_PAGE },
  robotFileMessage,
  robotVoiceMessage,
  robotTemplateCardMessage,
]);
