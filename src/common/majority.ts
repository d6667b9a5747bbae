/** N of M, where nothing else was said: more than half. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}
