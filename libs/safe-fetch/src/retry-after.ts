/** A server may ask for years, or for more than a timer can hold (24.8 days). */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** The milliseconds that a `Retry-After` asks to wait (RFC 9110: seconds, or a date), at most a day; `null` without one. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const askedMs = /^\d+$/.test(text) ? Number(text) * 1000 : httpDate(text) - nowMs;
  return Number.isNaN(askedMs) ? null : Math.min(Math.max(0, askedMs), MAX_RETRY_AFTER_MS);
}

/** `Date.parse` takes much more for a date; every form of RFC 9110 begins with the day's name. */
function httpDate(text: string): number {
  return /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN;
}
