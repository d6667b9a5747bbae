/**
 * Marks of losses and copies of checkpoints travel in a batch's request and are no records of its tally. What is lost of a batch that was halved must be counted
 * all the same, whichever of its parts the server refuses.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OtlpHttpSink } from '../../src/backends/otlp/http-sink.ts';
import type { Outcome } from '../../src/contract/backend.ts';
import { numberedRequest } from '../support/otlp-request.ts';
import { type Answer, startOtlpServer } from '../support/otlp-server.ts';

const FIRST_MARK = 1_000_000;

const answers = fc.array(
  fc.constantFrom<Answer>(
    { kind: 'ok' },
    { kind: 'status', status: 413 },
    { kind: 'status', status: 400 },
    { kind: 'status', status: 503 },
    { kind: 'partial', rejected: 1, message: 'one too old' },
  ),
  { maxLength: 12 },
);

test('a batch of records and marks in any order, halved, refused and sent again: no record is lost uncounted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), answers, async (areMarks, scripted) => {
      const server = await startOtlpServer();
      for (const answer of scripted) server.answer(answer);
      const parts = areMarks.map((isMark, i) => numberedRequest(1, isMark ? FIRST_MARK + i : i).bytes);
      const records = areMarks.filter((isMark) => !isMark).length;
      const batch = { bytes: Buffer.concat(parts), records };
      const kept = () => server.received.map(({ attributes }) => Number(attributes.i)).filter((i) => i < FIRST_MARK).length;
      const sink = new OtlpHttpSink({ url: server.logsUrl, timeoutMillis: 10_000 });
      let outcome: Outcome = { status: 'retryable' };
      while (outcome.status === 'retryable') {
        outcome = await sink.write(batch);
        if (outcome.status === 'retryable') expect(outcome.taken ?? 0).toBeLessThanOrEqual(kept());
      }
      await Promise.all([sink.close(), server.stop()]);
      const counted = outcome.status === 'failure' ? records : outcome.status === 'partial' ? outcome.rejected : 0;
      // More than were lost at most by the marks that were refused: which of its records a server has refused, it does not say.
      expect(Math.min(counted, records)).toBeGreaterThanOrEqual(records - kept());
      expect(counted).toBeLessThanOrEqual(areMarks.length - server.received.length);
    }),
    { numRuns: 300 },
  );
});
