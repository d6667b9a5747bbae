/** The order in which the files of a trail were written. */
import type { VerifiedRun } from './run.ts';

/** `audit-2026-11-28.jsonl`, `audit-2026-11-28.1.jsonl`, `audit-2026-11-29.jsonl`: a number comes behind the file without one. */
export function byName(files: readonly string[]): readonly string[] {
  const key = (file: string) => {
    const [, stem = file, number = '0'] = /^(.*?)(?:\.(\d+))?(?:\.[A-Za-z][^./]*)*$/s.exec(file) ?? [];
    return { stem, number: Number(number) };
  };
  return [...new Set(files)].sort((left, right) => {
    const [a, b] = [key(left), key(right)];
    return a.stem === b.stem ? a.number - b.number : a.stem < b.stem ? -1 : 1;
  });
}

/** By name, unless what opens them says otherwise. */
export function inOrderOfLines(files: readonly string[], runs: Iterable<VerifiedRun>): readonly string[] {
  const begins = new Map(files.map((file) => [file, new Map<VerifiedRun, number>()]));
  for (const run of runs) for (const { file, checkpoint } of run.openings) begins.get(file)!.set(run, checkpoint.size);
  const isBefore = (left: string, right: string) =>
    [...begins.get(left)!].some(([run, size]) => size < (begins.get(right)!.get(run) ?? -1));
  const ordered: string[] = [];
  for (const file of files) {
    const at = ordered.findIndex((each) => isBefore(file, each));
    ordered.splice(at < 0 ? ordered.length : at, 0, file);
  }
  return ordered;
}
