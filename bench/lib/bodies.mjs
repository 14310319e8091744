// Messages as callers send them: mostly texts of different lengths, some markdown, some links.

const SENTENCE = '磁盘空间不足 disk /data is 93 % full on db-07, please look at it before midnight. ';

function message(index) {
  const text = `#${index} ${SENTENCE.repeat((index % 5) + 1)}`;
  if (index % 8 === 3)
    return { msgtype: 'markdown', markdown: { title: `告警 ${index}`, text: `### 告警\n\n${text}` } };
  if (index % 8 === 7) {
    const link = {
      title: `告警 ${index}`,
      text,
      messageUrl: 'https://example.com/alerts/1',
      picUrl: '@lADOpwk3K80C0M0FoA',
    };
    return { msgtype: 'link', link };
  }
  return { msgtype: 'text', text: { content: text } };
}

/** Bodies of POST /v1/dd/chat/send. */
export const bodies = Array.from({ length: 32 }, (_, index) =>
  JSON.stringify({ chatid: `chat${String(index).padStart(12, '0')}`, msg: message(index) }),
);

/** A short text that carries a number, for finding it again at the platform. */
export function numbered(sequence) {
  return JSON.stringify({
    chatid: `chat${String(sequence % 1_000).padStart(12, '0')}`,
    msg: { msgtype: 'text', text: { content: `<${sequence}> disk /data is 93 % full` } },
  });
}
