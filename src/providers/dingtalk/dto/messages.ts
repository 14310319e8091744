import { MessageCatalog } from '../../message-catalog.js';
import { actionCardMessage } from './messages/action-card.js';
import { fileMessage } from './messages/file.js';
import { imageMessage } from './messages/image.js';
import { linkMessage } from './messages/link.js';
import { markdownMessage } from './messages/markdown.js';
import { oaMessage } from './messages/oa.js';
import { textMessage } from './messages/text.js';
import { voiceMessage } from './messages/voice.js';

/**
 * The message types of work notices and of `chat/send`. The robots have types and spellings of their own.
 *
 * The platform allows 2048 bytes for the whole message
 * (https://open.dingtalk.com/document/development/asynchronous-sending-of-enterprise-session-messages) and, elsewhere,
 * 5000 characters for a text. Which of the two wins is not documented, so the smaller one counts.
 */
export const dingtalkMessages = new MessageCatalog(
  'DingTalk',
  [textMessage, markdownMessage, actionCardMessage, linkMessage, oaMessage, imageMessage, voiceMessage, fileMessage],
  { maxBytes: 2048 },
);

export { DingTalkActionCardButton, DingTalkActionCardContent } from './messages/action-card.js';
export { DingTalkFileContent } from './messages/file.js';
export { DingTalkImageContent } from './messages/image.js';
export { DingTalkLinkContent } from './messages/link.js';
export { DingTalkMarkdownContent } from './messages/markdown.js';
export {
  DingTalkOaBody,
  DingTalkOaContent,
  DingTalkOaFormItem,
  DingTalkOaHead,
  DingTalkOaRich,
  DingTalkOaStatusBar,
} from './messages/oa.js';
export { DingTalkTextContent } from './messages/text.js';
export { DingTalkVoiceContent } from './messages/voice.js';
