import { MessageCatalog } from '../../message-catalog.js';
import { MessageForm } from '../../message-form.js';
import { sampleActionCards } from './app-robot/action-card.js';
import { sampleAudio } from './app-robot/audio.js';
import { sampleFile } from './app-robot/file.js';
import { sampleImageMsg } from './app-robot/image.js';
import { sampleLink } from './app-robot/link.js';
import { sampleMarkdown } from './app-robot/markdown.js';
import { sampleText } from './app-robot/text.js';
import { sampleVideo } from './app-robot/video.js';

/**
 * The message types of an app's robot, one-to-one and in groups. They have names of their own (`msgKey`), and their
 * content (`msgParam`) is JSON text for the platform; callers may also give the object itself.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export const appRobotMessages = new MessageCatalog(
  'DingTalk',
  [sampleText, sampleMarkdown, sampleImageMsg, sampleLink, ...sampleActionCards, sampleAudio, sampleFile, sampleVideo],
  { form: new MessageForm('msgKey', 'msgParam') },
);
