/**
 * Every line on a line of its own, whatever other processes do to the file meanwhile, and at whatever moment: between any two steps of an append.
 */
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineFile } from '../../src/files/line-file.ts';
import { runAsync, runSync, type Steps } from '../../src/files/steps.ts';
import { scratch } from '../backends/file-support.ts';

describe('a file of whole lines', () => {
  /** What another process does before the step of this number. A cut and an append that leave the length as it was go unseen: lengths of halves exclude it. */
  const meddling = fc.record({
    before: fc.nat(60),
    what: fc.constantFrom('half a line' as const, 'a line' as const, 'cut' as const, 'move' as const),
    length: fc.integer({ min: 1, max: 40 }),
  });

  test('K5: half lines, cuts and moves at any moment: what is appended stands whole, each line on a line of its own', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'whole\n', 'whole\nhalf'),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
        fc.array(meddling, { maxLength: 6 }),
        (initial, batches, meddlings) => {
          const directory = scratch();
          try {
            const path = join(directory.path, 'app.log');
            if (initial !== '') writeFileSync(path, initial);
            const file = new LineFile(path);
            let step = 0;
            let moves = 0;
            let safeFrom = 0; // lines of batches before may have been cut off
            const theirs: string[] = [];
            const meddle = (batch: number) => {
              for (const { before, what, length } of meddlings) {
                if (before !== step) continue;
                if (what === 'half a line') appendFileSync(path, `half ${'h'.repeat(100 + length)}`);
                else if (what === 'a line') {
                  theirs.push(`theirs ${theirs.length}`);
                  appendFileSync(path, `${theirs.at(-1)}\n`);
                } else if (existsSync(path)) {
                  if (what === 'move') renameSync(path, `${path}.${++moves}`);
                  else {
                    truncateSync(path, Math.max(0, statSync(path).size - length));
                    safeFrom = batch + 1;
                    theirs.length = 0;
                  }
                }
              }
              step++;
            };
            for (const [batch, lines] of batches.entries()) {
              const bytes = Buffer.from(Array.from({ length: lines }, (_, i) => `${batch}.${i} ${'x'.repeat(i)}\n`).join(''));
              const progress = { bytes, offset: 0 };
              drive(file.ready(), () => meddle(batch));
              drive(file.append(progress, bytes.length), () => meddle(batch));
              expect(progress.offset).toBe(bytes.length);
            }
            runSync(file.release());
            const all = readdirSync(directory.path)
              .map((name) => readFileSync(join(directory.path, name), 'utf8'))
              .flatMap((text) => text.split('\n'));
            for (const [batch, lines] of batches.entries()) {
              if (batch < safeFrom) continue;
              for (let i = 0; i < lines; i++)
                expect(all.filter((line) => line === `${batch}.${i} ${'x'.repeat(i)}`).length).toBeGreaterThan(0);
            }
          } finally {
            directory.remove();
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('the steps done at once and with promises come to the same', async () => {
    const directory = scratch();
    const texts = [];
    for (const run of [async <T>(steps: Steps<T>) => runSync(steps), runAsync]) {
      const path = join(directory.path, 'deep/app.log');
      const file = new LineFile(path);
      await run(file.ready());
      await run(file.append({ bytes: Buffer.from('1\n2\n'), offset: 0 }, 4));
      appendFileSync(path, 'half');
      await run(file.ready());
      await run(file.append({ bytes: Buffer.from('3\n'), offset: 0 }, 2));
      await run(file.sync());
      await run(file.release());
      texts.push(readFileSync(path, 'utf8'));
      rmSync(path);
    }
    expect(texts).toEqual(['1\n2\nhalf\n3\n', '1\n2\nhalf\n3\n']);
    directory.remove();
  });
});

/** Carries the steps out at once, with something between any two of them. */
function drive<T>(steps: Steps<T>, between: () => void): T {
  let turn = steps.next();
  while (turn.done !== true) {
    between();
    let value: unknown;
    try {
      value = turn.value.now();
    } catch (error) {
      turn = steps.throw(error);
      continue;
    }
    turn = steps.next(value);
  }
  return turn.value;
}
