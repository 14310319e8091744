import { MessageCatalog, type RefusedType } from '../../message-catalog.js';
import { fileMessage } from './messages/file.js';
import { imageMessage } from './messages/image.js';
import { appchatMarkdownMessage, markdownMessage } from './messages/markdown.js';
import { miniProgramNoticeMessage } from './messages/miniprogram-notice.js';
import { mpNewsMessage } from './messages/mpnews.js';
import { appchatNewsMessage, newsMessage } from './messages/news.js';
import { APPCHAT_PAGE } from './messages/page.js';
import { templateCardMessage, templateCardReplacement } from './messages/template-card.js';
import { appchatTextMessage, textMessage } from './messages/text.js';
import { appchatTextCardMessage, textCardMessage } from './messages/textcard.js';
import { videoMessage } from './messages/video.js';
import { voiceMessage } from './messages/voice.js';

/**
 * The message types of `message/send`. The platform names no limit for a whole message.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export const wecomMessages = new MessageCatalog('WeCom', [
  textMessage,
  markdownMessage,
  textCardMessage,
  templateCardMessage,
  newsMessage,
  mpNewsMessage,
  imageMessage,
  voiceMessage,
  videoMessage,
  fileMessage,
  miniProgramNoticeMessage,
]);

/**
 * The message types of `appchat/send`: fewer, and some with other members.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export const appchatMessages = new MessageCatalog(
  'WeComAppchat',
  [
    appchatTextMessage,
    appchatMarkdownMessage,
    appchatTextCardMessage,
    appchatNewsMessage,
    { ...mpNewsMessage, source: APPCHAT_PAGE },
    { ...imageMessage, source: APPCHAT_PAGE },
    { ...voiceMessage, source: APPCHAT_PAGE },
    { ...videoMessage, source: APPCHAT_PAGE },
    { ...fileMessage, source: APPCHAT_PAGE },
  ],
  { refused: [notInGroups('miniprogram_notice'), notInGroups('template_card')] },
);

/**
 * The card of `message/update-card`.
 *
 * @see https://developer.work.weixin.qq.com/document/path/94888
 */
export const cardReplacements = new MessageCatalog('WeComReplacing', [templateCardReplacement]);

function notInGroups(msgtype: string): RefusedType {
  return {
    msgtype,
    reason: {
      zh: `群聊不支持 ${msgtype} 消息，只能用 message/send 发送`,
      en: `${msgtype} cannot be sent to a group chat, only by message/send`,
    },
  };
}
