/**
 * Lines in the order of their calls: rings are drained one after another. Each line begins with its time, of one length, so that texts compare as times do.
 */
const TIME_CHARACTERS = '{"time":"2026-11-23T12:34:56.123456789Z'.length;

export function inOrderOfTime(left: string, right: string): number {
  const [a, b] = [left.slice(0, TIME_CHARACTERS), right.slice(0, TIME_CHARACTERS)];
  return a < b ? -1 : a > b ? 1 : 0;
}
