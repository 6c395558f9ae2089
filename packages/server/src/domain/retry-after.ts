const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TIME = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)";

/** The three forms of an HTTP date, RFC 9110 §5.6.7. */
const DATES = [
  new RegExp(`^\\w{3}, (?<day>\\d\\d) (?<month>\\w{3}) (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^\\w{6,9}, (?<day>\\d\\d)-(?<month>\\w{3})-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^\\w{3} (?<month>\\w{3}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];

/** Two digits mean a year that is at most 50 years ahead. */
const YEARS_AHEAD = 50;

/** Reads `Retry-After` (RFC 9110 §10.2.3), seconds or a date, as ms from `now` on; null for anything else. A date that is over is 0. */
export function parseRetryAfter(text: string, now: number): number | null {
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1_000;
  const at = parseHttpDate(text, now);
  return at === null ? null : Math.max(0, at - now);
}

function parseHttpDate(text: string, now: number): number | null {
  for (const form of DATES) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return timeOf(parts, now);
  }
  return null;
}

function timeOf(parts: Readonly<Record<string, string>>, now: number): number | null {
  const { year = "", month = "", day, hour, minute, second } = parts;
  const monthIndex = MONTHS.indexOf(month);
  const fullYear = year.length === 2 ? centuryOf(Number(year), now) : Number(year);
  const midnight = Date.UTC(fullYear, monthIndex, Number(day));
  const isDay = monthIndex >= 0 && new Date(midnight).getUTCDate() === Number(day);
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  return isDay && isTime
    ? midnight + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000
    : null;
}

function centuryOf(twoDigits: number, now: number): number {
  const year = new Date(now).getUTCFullYear();
  const inThisCentury = year - (year % 100) + twoDigits;
  return inThisCentury > year + YEARS_AHEAD ? inThisCentury - 100 : inThisCentury;
}
