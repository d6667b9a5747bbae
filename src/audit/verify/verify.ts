/**
 * Verifies an audit trail: every line of the files against the checkpoints beside them, those of another host, and those that the runs name of each other.
 *
 * Memory: the checkpoints (some hundred bytes each), and a tree's right edge and number intervals for each run. Lines are hashed as they are read.
 */
import { statSync } from 'node:fs';
import { majorityOf } from '../../common/majority.ts';
import { unixMillis } from '../../time/clock.ts';
import { nameOf } from './checkpoints.ts';
import { byName, inOrderOfLines } from './file-order.ts';
import { Findings } from './finding.ts';
import { KeyRing } from './key-ring.ts';
import { STDIN } from './lines-of.ts';
import { reportOf, type VerifyReport } from './report.ts';
import { Runs } from './runs.ts';
import type { VerifyScope } from './scope.ts';
import { judgeEnds } from './trail-end.ts';
import { type OnLeaf, TrailLines } from './trail-lines.ts';
import { TrailNotes } from './trail-notes.ts';
import { WitnessRing } from './witness-ring.ts';

export interface VerifyOptions {
  /** Audit files, `-` for standard input. */
  readonly files: readonly string[];
  /** Texts of verifier keys. None: signatures are not checked. */
  readonly keys?: readonly string[];
  /** Files of checkpoints from another host. */
  readonly checkpoints?: readonly string[];
  /** Texts of witnesses' verifier keys, and how many of them must have cosigned a line. Default: more than half. */
  readonly witnesses?: readonly string[];
  readonly quorum?: number;
  readonly onProgress?: (bytes: number, total: number) => void;
  /** Unix milliseconds. Default: the system's clock. */
  readonly now?: () => number;
  readonly onLeaf?: OnLeaf;
}

/** Rejects for files that cannot be read, and with a SyntaxError for wrong keys. All problems in the files become findings. */
export async function verifyTrail(options: VerifyOptions): Promise<VerifyReport> {
  const { onProgress, onLeaf, now = unixMillis } = options;
  const startMillis = now();
  const scope = scopeOf(options);
  const files = byName(options.files);
  const totalBytes = files.reduce((sum, file) => sum + (file === STDIN ? 0 : statSync(file).size), 0);
  const notes = new TrailNotes(scope);
  await notes.take(files, options.checkpoints ?? []);
  const lines = new TrailLines(scope, {
    hasRetired: notes.hasRetired,
    now,
    startMillis,
    onLeaf,
    onProgress: (bytes) => onProgress?.(bytes, totalBytes),
  });
  for (const file of inOrderOfLines(files, scope.runs)) await lines.read(file);
  lines.finish();
  judgeEnds(scope, lines.lines);
  return reportOf(scope, { bytes: lines.bytes, lines: lines.lines, files: files.length });
}

function scopeOf({ files, keys = [], witnesses = [], quorum }: VerifyOptions): VerifyScope {
  const ring = new WitnessRing(witnesses);
  const names = new Set(files.map(nameOf));
  return {
    findings: new Findings(),
    runs: new Runs(),
    keys: new KeyRing(keys),
    witnesses: ring,
    quorum: quorum ?? majorityOf(ring.names.length),
    firstFile: files[0]!,
    isGiven: (name) => names.has(name) || names.has(STDIN),
  };
}
