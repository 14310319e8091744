/** The platform's page of the custom robot, the source of everything in this folder. */
export const ROBOT_PAGE = 'https://open.dingtalk.com/document/development/custom-robots-send-group-messages';
