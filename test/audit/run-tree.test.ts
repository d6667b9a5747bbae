/**
 * The tree over a run's lines: whoever writes them, whatever happens to files and workers, its checkpoints are those of a tree built from the files afterwards.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginTree } from '../../src/audit/run-tree/begin.ts';
import { notesIn } from '../../src/audit/run-tree/checkpoint-file.ts';
import { isOfRun, markOf, runMark } from '../../src/audit/run-tree/lines.ts';
import { parseRunCheckpoint, type RunCheckpoint } from '../../src/audit/run-tree/run-checkpoint.ts';
import { AuditTrail } from '../../src/audit/trail.ts';
import { Frontier } from '../../src/audit/tree/frontier.ts';
import { leafHash } from '../../src/audit/tree/hash.ts';
import { parseNote } from '../../src/audit/tree/note.ts';
import { jsonText } from '../../src/encoders/json/text.ts';
import { runSync } from '../../src/files/steps.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { scratch } from '../backends/file-support.ts';
import { runMemory } from '../support/run-memory.ts';

const RUN = 'r-1';
const TREE = { service: 's', instance: 'r-1', start: '00000000', run: RUN, signingKey: undefined };
const line = (n: number, run = RUN) =>
  Buffer.from(`{"time":"2026-11-23T00:00:00Z","audit_seq":${n},"event":"e","run":${jsonText(run)},"n":${n}}\n`);

/** By origin, in the order of the files and within them. */
function checkpointsIn(directory: string): RunCheckpoint[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.checkpoints'))
    .sort()
    .flatMap((name) => notesIn(readFileSync(join(directory, name), 'utf8')))
    .map(({ note }) => parseRunCheckpoint(parseNote(note).text));
}

function linesIn(directory: string): Buffer[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(directory, name), 'latin1').split('\n').slice(0, -1))
    .map((text) => Buffer.from(text, 'latin1'));
}

describe('the tree over a run', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('batch' as const), lines: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 3, arbitrary: fc.constant({ do: 'write through' as const }) },
    { weight: 2, arbitrary: fc.constant({ do: 'another process' as const }) },
    fc.constant({ do: 'flush' as const }),
    fc.record({ do: fc.constant('clock' as const), millis: fc.integer({ min: -90_000_000, max: 90_000_000 }) }),
    fc.constant({ do: 'worker dies' as const }),
    fc.constant({ do: 'tick' as const }),
  );

  test('each checkpoint is the root of the lines that stand in the files, in their order; the last one has all of them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const directory = scratch();
        try {
          let now = Date.UTC(2026, 10, 23, 12);
          let n = 0;
          const target = { path: join(directory.path, 'audit.jsonl') };
          const timers = { ...SYSTEM_TIMERS, now: () => now };
          const memory = runMemory();
          beginTree(memory, target, timers.now);
          const open = () =>
            new AuditTrail({ target, memory, run: RUN, tree: TREE, timers, onWarning: (text) => expect(text).toBe('') });
          const caller = new AuditTrail({ target, memory, run: RUN, timers });
          const other = new AuditTrail({ target, memory: runMemory(), run: 'other', timers });
          let worker = open();
          for (const each of steps) {
            if (each.do === 'batch') worker.writeSync(Buffer.concat(Array.from({ length: each.lines }, () => line(++n))));
            else if (each.do === 'write through') caller.addSync(line(++n));
            else if (each.do === 'another process') other.addSync(line(++n, 'other'));
            else if (each.do === 'flush') runSync(worker.flush());
            else if (each.do === 'tick') runSync(worker.tick());
            else if (each.do === 'clock') now += each.millis;
            else worker = open();
          }
          worker.endSync();
          const leaves = linesIn(directory.path).filter((each) => isOfRun(each, runMark(RUN)));
          const checkpoints = checkpointsIn(directory.path);
          const frontier = new Frontier();
          const roots = [frontier.root()];
          for (const leaf of leaves) {
            frontier.append(leafHash(leaf));
            roots.push(frontier.root());
          }
          for (const { size, root } of checkpoints) expect(root).toEqual(roots[size]);
          expect(checkpoints.map(({ number }) => number)).toEqual(checkpoints.map((_, i) => i + 1));
          expect(checkpoints.at(-1)?.size ?? 0).toBe(leaves.length);
          if (leaves.length > 0) expect(checkpoints.at(-1)?.why).toBe('end');
        } finally {
          directory.remove();
        }
      }),
      { numRuns: 60 },
    );
  });

  test('which run a line is of, is told by its own member, whatever texts and objects of a user’s say', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.json(), (run, event, data) => {
        const text = `{"time":"t","audit_seq":1,"event":${jsonText(event)},"run":${jsonText(run)},"data":${data},"run":"forged"}`;
        expect(markOf(Buffer.from(text))).toEqual(runMark(run));
        expect(isOfRun(Buffer.from(text), runMark(run))).toBe(true);
        expect(isOfRun(Buffer.from(text), runMark(`${run}x`))).toBe(false);
      }),
    );
  });
});
