/** The platform's page of group robots (消息推送, formerly 群机器人), the source of everything in this folder. */
export const ROBOT_PAGE = 'https://developer.work.weixin.qq.com/document/path/99110';
