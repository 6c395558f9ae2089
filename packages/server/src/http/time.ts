/**
 * Times as they are written in JSON, queries and headers: RFC 3339. Inside the program a time is ms since the epoch.
 */
const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,30}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

const FIRST = Date.parse("0000-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");
const DAY_MS = 86_400_000;

/** Reads an RFC 3339 time to the millisecond (finer digits are cut), or null for any other text. A leap second is the midnight that follows. */
export function parseTime(text: string): number | null {
  const match = RFC3339.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  const offsetMs = readOffset(match[8], match[9], match[10]);
  if (offsetMs === null) return null;
  const fractionMs = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const at = midnight(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1_000 - offsetMs;
  if (second === 60) return at % DAY_MS === 0 ? at : null;
  return at < FIRST || at > LAST ? null : at + fractionMs;
}

let lastAt = Number.NaN;
let lastText = "";

/** Writes a time in UTC with milliseconds. Under load many answers in a row carry the same one. */
export function formatTime(at: number): string {
  if (at !== lastAt) {
    lastText = new Date(at).toISOString();
    lastAt = at;
  }
  return lastText;
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** `Date.UTC` takes years 0–99 for 1900–1999. */
function midnight(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

function readOffset(sign = "+", hours = "00", minutes = "00"): number | null {
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? -offsetMs : offsetMs;
}
