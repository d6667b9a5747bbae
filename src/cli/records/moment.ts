/**
 * A point in time as users write it: `10m` ago, `14:30` today, `2026-11-23`, `2026-11-23T14:30:00.5Z`.
 */
import { UsageError } from '../command.ts';

const MILLIS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const AGO = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const TIME_OF_DAY = /^\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/;
/** Without a zone it is local time, a date alone too. */
const DATE = /^\d{4}-\d\d-\d\d$/;

/** `5m` → milliseconds; undefined for another text. */
export function spanMillis(text: string): number | undefined {
  const span = AGO.exec(text);
  return span === null ? undefined : Number(span[1]) * MILLIS[span[2]];
}

/** Unix nanoseconds. Throws {@link UsageError}. */
export function momentNanos(option: string, text: string, nowMillis: number): bigint {
  const ago = spanMillis(text);
  const millis = ago === undefined ? Date.parse(dated(text, new Date(nowMillis))) : nowMillis - ago;
  if (!Number.isFinite(millis))
    throw new UsageError(`--${option} ${text}: expected a time such as 10m (ago), 14:30, 2026-11-23 or 2026-11-23T14:30:00Z.`);
  return BigInt(Math.round(millis)) * 1_000_000n;
}

function dated(text: string, now: Date): string {
  if (DATE.test(text)) return `${text}T00:00:00`;
  if (!TIME_OF_DAY.test(text)) return text;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}T${text}`;
}
