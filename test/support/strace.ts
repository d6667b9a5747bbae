/**
 * The calls in the output of `strace -f`, each on one line without its thread's id, in the order in which they ended. A call during which another thread made
 * one stands on two lines there.
 */
export function wholeCalls(trace: string): string[] {
  const begun = new Map<string, string>();
  return trace.split('\n').flatMap((line) => {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith(UNFINISHED)) {
      begun.set(thread, rest.slice(0, -UNFINISHED.length));
      return [];
    }
    const [, end] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
    return [end === undefined ? rest : (begun.get(thread) ?? '') + end];
  });
}

const UNFINISHED = '<unfinished ...>';
