import type { TextOptions } from '../../../../inbound/fields.js';

/** The platform's page of application messages, the source of the types in this folder. */
export const MESSAGE_PAGE = 'https://developer.work.weixin.qq.com/document/path/90236';

/** The platform's page of messages to group chats of an application. */
export const APPCHAT_PAGE = 'https://developer.work.weixin.qq.com/document/path/90248';

/**
 * Limit of a text and of a Markdown text. The page says of a text that the platform cuts what exceeds it, error 45002 says
 * that it refuses. Nobody wants an alert whose end is silently missing, so more is refused here.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
export const TEXT_BYTES = 2048;

/** Addresses of which the page says that they must begin with http or https. */
export const WEB_ADDRESS = {
  expression: /^https?:\/\/\S/i,
  means: { zh: '必须是 http 或 https 开头的地址', en: 'must be an http or https address' },
} as const satisfies TextOptions['pattern'];

/** Length of an address: 2048 bytes on the message page, but error 40039 names 1024. */
export const ADDRESS_LENGTH = { maxBytes: 2048, advisedBytes: 1024 } as const;

/**
 * Addresses of which the page says nothing more: every scheme passes except those that run or read something on the
 * reader's machine.
 */
export const CLICK_LINK = {
  expression: /^(?!(?:javascript|vbscript|data|file|blob):)[a-z][a-z0-9+.-]*:\S/i,
  means: { zh: '必须是带协议的链接，如 https://', en: 'must be a link with a scheme, such as https://' },
} as const satisfies TextOptions['pattern'];
