/**
 * "Did you mean": finds the word that a mistyped one is nearest to.
 */

/** Words of other loggers and of other spellings of ours. */
const KNOWN_AS: Readonly<Record<string, string>> = {
  verbose: 'debug',
  silly: 'trace',
  http: 'debug',
  notice: 'info',
  critical: 'fatal',
  emergency: 'fatal',
  dev: 'development',
  prod: 'production',
  colour: 'colored',
  coloured: 'colored',
  filename: 'path',
  url: 'endpoint',
  path: 'endpoint',
  size: 'bytes',
  maxfiles: 'keep',
  retention: 'keep',
  json: 'structured',
  grpc: 'http/protobuf',
};

/** The nearest of `words`, or undefined when none is near: by default at most one edit in three characters. */
export function nearest(
  word: string,
  words: readonly string[],
  mostEdits = Math.floor(plain(word).length / 3),
): string | undefined {
  if (word.length > 64) return undefined;
  const wanted = plain(word);
  const known = Object.hasOwn(KNOWN_AS, wanted) ? KNOWN_AS[wanted] : undefined;
  if (known !== undefined && words.includes(known)) return known;
  let best: string | undefined;
  let least = mostEdits + 1;
  for (const candidate of words) {
    const edits = Math.min(distance(wanted, plain(candidate)), distance(withoutUnit(wanted), withoutUnit(plain(candidate))));
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

/** ` (did you mean …?)`, or nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const candidate = nearest(word, words);
  return candidate === undefined ? '' : ` (did you mean "${candidate}"?)`;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[_\-\s]/g, '');
}

/** Our names end in their units. Users may leave the unit out, or write it in another way: `timeout`, `timeoutMs`. */
function withoutUnit(word: string): string {
  return word.replace(/(?<=...)(millis|milliseconds|ms|seconds|bytes)$/, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
