/**
 * A spool against a naive model: a list of records, of which the first so many are gone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Spool, SpooledBatch } from '../../src/spool/spool.ts';
import { temporaryFolder } from '../support/child.ts';
import { drain, entryOf, Losses, openSpool, recordsOf, SCRATCH } from './support.ts';

type Step =
  | { readonly kind: 'append'; readonly records: number; readonly padding: number }
  | { readonly kind: 'next'; readonly maxBytes: number }
  | { readonly kind: 'release'; readonly which: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'restart'; readonly isKilled: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      records: fc.integer({ min: 0, max: 40 }),
      padding: fc.integer({ min: 0, max: 60 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('next' as const), maxBytes: fc.integer({ min: 1, max: 6_000 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), isKilled: fc.boolean() }) },
);

const sizes = fc.record({
  maxBytes: fc.constantFrom(20_000, 60_000, 1_000_000_000),
  segmentBytes: fc.constantFrom(1_024, 5_000, 100_000),
  dropsOldest: fc.boolean(),
});

test('records come out in order, each once, across restarts, and the account closes whatever was dropped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), sizes, async (steps, size) => {
      const folder = mkdtempSync(join(SCRATCH, 'hft-otel-spool-'));
      const losses = new Losses();
      let spool: Spool = await openSpool(folder, losses, size);
      let appended = 0;
      /** Records that were given out, and not given back by a restart. */
      let delivered = 0;
      let taken: SpooledBatch[] = [];
      /** No record below it may come. */
      let least = 0;
      const checkBatch = (batch: SpooledBatch) => {
        const records = recordsOf(batch);
        for (const record of records) {
          expect(record).toBeGreaterThanOrEqual(least);
          least = record + 1;
        }
        const counts = new Float64Array(16);
        for (const record of records) counts[record % 3]++;
        expect(batch.counts).toEqual(counts);
        return records.length;
      };
      try {
        for (const each of steps) {
          if (each.kind === 'append') {
            await spool.append(entryOf(appended, each.records, each.padding));
            appended += each.records;
          } else if (each.kind === 'next') {
            const batch = await spool.next(each.maxBytes);
            expect(batch === undefined).toBe(batch === undefined && spool.isRead);
            if (batch !== undefined) {
              checkBatch(batch);
              taken.push(batch);
            }
          } else if (each.kind === 'release' && taken.length > 0) {
            const [batch] = taken.splice(each.which % taken.length, 1);
            delivered += recordsOf(batch).length;
            spool.release(batch);
          } else if (each.kind === 'drop') await spool.dropOldest();
          else if (each.kind === 'restart') {
            // What is given out comes again; so that the order can be told, all of it is released or none.
            for (const batch of taken) {
              delivered += recordsOf(batch).length;
              spool.release(batch);
            }
            taken = [];
            await spool.settled();
            if (!each.isKilled) await spool.close();
            spool = await openSpool(folder, losses, size);
          }
          const waiting = spool.waiting.reduce((sum, count) => sum + count, 0);
          expect(delivered + losses.total + waiting).toBe(appended);
        }
        const left = taken.reduce((sum, batch) => sum + recordsOf(batch).length, 0);
        const rest = await drain(spool);
        for (const record of rest) {
          expect(record).toBeGreaterThanOrEqual(least);
          least = record + 1;
        }
        expect(delivered + left + rest.length + losses.total).toBe(appended);
        expect(losses.byReason.spool_damaged.every((count) => count === 0)).toBe(true);
        if (size.maxBytes === 1_000_000_000 && !steps.some(({ kind }) => kind === 'drop' || kind === 'restart'))
          expect(losses.total).toBe(0);
        await spool.close();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 150 },
  );
});

test('the age of a spool is that of its oldest record, or of the entry before it', async () => {
  const steps = fc.array(fc.constantFrom('append', 'next', 'release', 'pause'), { maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(1_024, 100_000), async (kinds, segmentBytes) => {
      using folder = temporaryFolder(SCRATCH);
      let now = 1_000;
      const spool = await openSpool(folder.path, new Losses(), { segmentBytes, now: () => now });
      const writtenAt: number[] = [];
      const gone = new Set<number>();
      const taken: SpooledBatch[] = [];
      for (const kind of kinds) {
        if (kind === 'append') {
          await spool.append(entryOf(writtenAt.length, 1, 200));
          writtenAt.push(now);
        } else if (kind === 'next') {
          const batch = await spool.next(600);
          if (batch !== undefined) taken.push(batch);
        } else if (kind === 'release') {
          const batch = taken.shift();
          if (batch === undefined) continue;
          for (const record of recordsOf(batch)) gone.add(record);
          spool.release(batch);
          await spool.settled();
        } else now += 1_000;
        const oldest = writtenAt.findIndex((_, record) => !gone.has(record));
        if (oldest < 0) expect(spool.oldestUnixMillis).toBeUndefined();
        else {
          expect(spool.oldestUnixMillis).toBeLessThanOrEqual(writtenAt[oldest]);
          expect(spool.oldestUnixMillis).toBeGreaterThanOrEqual(writtenAt[Math.max(0, oldest - 1)]);
        }
      }
      await spool.close();
    }),
    { numRuns: 100 },
  );
});
