/**
 * What every sink owes to the delivery engine, whatever stands behind it. A sink's own test file calls this with a way to make one over a real destination.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { ByteBatch, Sink } from '../../src/contract/sink.ts';

export interface SinkUnderTest {
  readonly sink: Sink;
  /** Everything that has arrived at the destination, in order. */
  received(): Promise<Uint8Array>;
  /** Makes the destination refuse for now, and accept again. Left out where that cannot be brought about here. */
  readonly trouble?: { begin(): Promise<void>; end(): Promise<void> };
  dispose(): Promise<void>;
}

/** A batch as the delivery engine hands it over: a view of shared memory, which is filled with something else once the write has settled. */
export function batchOf(...lines: string[]): ByteBatch {
  const text = Buffer.from(lines.join(''));
  const bytes = new Uint8Array(new SharedArrayBuffer(text.length));
  bytes.set(text);
  return { bytes, records: lines.length };
}

export function sinkContract(name: string, make: () => Promise<SinkUnderTest>): void {
  describe(`${name}, the sink contract`, () => {
    let opened: SinkUnderTest[] = [];
    const open = async () => {
      const under = await make();
      opened.push(under);
      return under;
    };
    const receivedText = async (under: SinkUnderTest) => Buffer.from(await under.received()).toString();

    afterEach(async () => {
      for (const under of opened) await under.dispose();
      opened = [];
    });

    test('batches arrive whole, in order and once, whatever flushes and reopens come between; their memory may change when the write has settled', async () => {
      const line = fc
        .string({ unit: 'grapheme', maxLength: 300 })
        .map((text) => `${text.replaceAll(/[\r\n\u2028\u2029]/g, ' ')}\n`);
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.array(line, { minLength: 1, maxLength: 40 }) },
        fc.constant('flush' as const),
        fc.constant('reopen' as const),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const under = await open();
          let expected = '';
          const flushes: Promise<void>[] = [];
          for (const what of steps) {
            if (what === 'flush') flushes.push(under.sink.flush());
            else if (what === 'reopen') under.sink.reopen?.();
            else {
              const batch = batchOf(...what);
              expect(await under.sink.write(batch)).toEqual({ status: 'success' });
              batch.bytes.fill(0x21);
              expected += what.join('');
            }
          }
          await Promise.all(flushes);
          await under.sink.flush();
          expect(await receivedText(under)).toBe(expected);
          await under.sink.close();
        }),
        { numRuns: 25 },
      );
    });

    test('a batch of a mebibyte arrives whole', async () => {
      const under = await open();
      const lines = Array.from({ length: 8_192 }, (_, index) => `${String(index).padStart(127, '0')}\n`);
      const reading = under.sink.write(batchOf(...lines));
      expect(await reading).toEqual({ status: 'success' });
      await under.sink.flush();
      expect(await receivedText(under)).toBe(lines.join(''));
    });

    test('flush and close settle when nothing was written', async () => {
      const under = await open();
      await under.sink.flush();
      await under.sink.close();
    });

    test('a destination in trouble is an outcome with words, never an exception; the same batch arrives once when it is over', async (context) => {
      const under = await open();
      if (under.trouble === undefined) return context.skip('no trouble can be brought about for this destination');
      expect(await under.sink.write(batchOf('before\n'))).toEqual({ status: 'success' });
      await under.trouble.begin();
      const batch = batchOf('during\n', 'as well\n');
      for (let attempt = 0; attempt < 3; attempt++) {
        const outcome = await under.sink.write(batch);
        expect(outcome.status).toBe('retryable');
        expect((outcome as { message?: string }).message).toMatch(/\w/);
      }
      await under.trouble.end();
      expect(await under.sink.write(batch)).toEqual({ status: 'success' });
      expect(await under.sink.write(batchOf('after\n'))).toEqual({ status: 'success' });
      await under.sink.flush();
      expect(await receivedText(under)).toBe('before\nduring\nas well\nafter\n');
    });

    test('close settles in the middle of trouble', async (context) => {
      const under = await open();
      if (under.trouble === undefined) return context.skip('no trouble can be brought about for this destination');
      await under.sink.flush();
      await under.trouble.begin();
      await under.sink.write(batchOf('lost\n'));
      await under.sink.close().catch(() => {});
      await under.trouble.end();
    });
  });
}
