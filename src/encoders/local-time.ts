/**
 * Local time for people: `12:34:56`, or with the date `2026-11-23 12:34:56`. The zone is the process's own (`TZ`).
 */

export function localSeconds(unixSeconds: number, date: boolean): string {
  const time = new Date(unixSeconds * 1000);
  const ofDay = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return date
    ? `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${ofDay}`
    : ofDay;
}

/** `+01:00`: distinguishes the two hours with the same time of day when clocks are put back. */
export function utcOffset(unixSeconds: number): string {
  const minutes = -new Date(unixSeconds * 1000).getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
