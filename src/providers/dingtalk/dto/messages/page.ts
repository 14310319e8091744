import type { TextOptions } from '../../../../inbound/fields.js';

/** The platform's page of message types, the source of everything in this folder. */
export const MESSAGE_PAGE = 'https://open.dingtalk.com/document/development/message-types-and-data-format';

/**
 * Addresses that a click opens. The platform takes web addresses, its own `dingtalk://` form and links into mini
 * programs (`eapp://` and others), so every scheme passes except those that run or read something on the reader's machine.
 *
 * @see https://open.dingtalk.com/document/development/message-link-description
 */
export const CLICK_LINK = {
  expression: /^(?!(?:javascript|vbscript|data|file|blob):)[a-z][a-z0-9+.-]*:\S/i,
  means: {
    zh: '必须是带协议的链接，如 https:// 或 dingtalk://',
    en: 'must be a link with a scheme, such as https:// or dingtalk://',
  },
} as const satisfies TextOptions['pattern'];
