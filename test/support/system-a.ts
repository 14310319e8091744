/** A configuration file of system A as one finds it at work: comments in Chinese, blanks, a remote configuration. */
export function systemAFile(
  sys: Readonly<Record<string, unknown>> = {},
  dd: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify(
    {
      sys_conf: {
        debug: false,
        __LogLevel: '日志级别: 1Trace … 7Off',
        log_level: 3,
        log_file_level: 4,
        log_api: '',
        main_config: {
          method: 'GetMonitorSource',
          __SecretName: '__加密的 Key 保存的环境变量名',
          secret_name: 'MSG_XY_MONITOR_API_KEY',
          api: 'http://config.example.com/get?token=canary-in-the-address',
          interval: 66,
        },
        ...sys,
      },
      dd_conf: {
        agent_id: 123456789,
        media: {
          image: { __Ext: '图片格式', ext: '.jpg.png', __Size: '(KB)', size: 1000 },
          voice: { ext: '.amr', size: 2000 },
          file: { ext: '.doc.docx.xls.xlsx.ppt.pptx.zip.pdf.rar', size: 10000 },
        },
        '__(可选)发送消息的 APP_KEY 环境变量名': '默认为: MSG_DD_APP_KEY',
        app_key_name: 'MSG_DD_APP_KEY',
        app_secret_name: 'OPS_APP_SECRET',
        white_list: ['__办公网', '10.0.1.0/24', ' ', '127.0.0.1', '__跳板机', '__第二行', '10.9.8.7/32', '', '__结尾'],
        ...dd,
      },
    },
    null,
    2,
  );
}
