import type { Bilingual } from '../envelope/kinds.js';

/** A moment as RFC 3339 writes it; whether there is such a day is another matter. */
export const MOMENT = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
/** Length of day and time in it, without fraction and zone. */
const DAY_AND_TIME = 'YYYY-MM-DDThh:mm:ss'.length;

/** A moment as RFC 3339 has it: epoch milliseconds, or what is wrong with it. */
export function readMoment(text: string): number | Bilingual {
  if (!MOMENT.test(text)) {
    return {
      zh: '必须是 RFC 3339 时间，如 2027-01-31T09:00:00+08:00',
      en: 'must be an RFC 3339 moment like 2027-01-31T09:00:00+08:00',
    };
  }
  const moment = Date.parse(text);
  if (!Number.isNaN(moment) && isOfTheCalendar(text.slice(0, DAY_AND_TIME).toUpperCase())) return moment;
  return { zh: '没有这一天或这个时刻', en: 'names a day or a time that does not exist' };
}

/** Date.parse takes the 31st of November for the 1st of December, and 24:00 for the next day. */
function isOfTheCalendar(moment: string): boolean {
  const read = Date.parse(`${moment}Z`);
  return !Number.isNaN(read) && new Date(read).toISOString().startsWith(moment);
}
