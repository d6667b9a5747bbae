import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BackendCounters, COUNTERS, countersBytes, DROP_REASONS } from '../../src/health/counters.ts';
import { tallyOf } from '../../src/health/tally.ts';
import { UNROUTED_BYTES } from '../../src/health/unrouted.ts';
import { AUDIT_RANK } from '../../src/record.ts';
import { infos } from '../support/counters.ts';

describe('backend counters', () => {
  test('each name and each reason has a word of its own, in each block', () => {
    const memory = new SharedArrayBuffer(countersBytes(3));
    const blocks = [0, 1, 2].map((index) => new BackendCounters(memory, index));
    let amount = 1;
    const expected = blocks.map((block) => {
      const counts: Record<string, number> = {};
      const dropped: Record<string, number> = {};
      for (const { name } of COUNTERS) {
        counts[name] = amount++;
        block.add(name, counts[name]);
      }
      for (const reason of DROP_REASONS) {
        dropped[reason] = amount++;
        block.drop(reason, dropped[reason]);
      }
      return { counts, dropped };
    });
    blocks.forEach((block, index) => {
      expect(block.read()).toEqual({ state: 'ok', ...expected[index], droppedByLane: {}, circuits: {}, spools: {} });
    });
  });

  test('what a circuit and a spool say is of one lane of one backend', () => {
    const memory = new SharedArrayBuffer(countersBytes(2));
    const [one, other] = [0, 1].map((index) => new BackendCounters(memory, index));
    one.setCircuit('audit', 'half_open');
    one.setSpool('logs', { records: 7, bytes: 2 ** 40, oldestUnixMillis: 1_700_000_000_000 });
    other.setSpool('audit', { records: 0, bytes: 0, oldestUnixMillis: undefined });
    expect(one.read()).toMatchObject({
      circuits: { audit: 'half_open' },
      spools: { logs: { records: 7, bytes: 2 ** 40, oldestUnixMillis: 1_700_000_000_000 } },
    });
    expect(other.read().circuits).toEqual({});
    expect(other.read().spools).toEqual({ audit: { records: 0, bytes: 0, oldestUnixMillis: undefined } });
    expect([one.spooled, other.spooled]).toEqual([7, 0]);
  });

  test('counts beyond 32 bits stay exact', () => {
    const counters = new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0);
    counters.add('bytes', 2 ** 45);
    counters.add('bytes', 1);
    expect(counters.get('bytes')).toBe(2 ** 45 + 1);
  });

  test('an error of any length and script is readable, cut at a character', () => {
    const counters = new BackendCounters(new SharedArrayBuffer(countersBytes(2)), 0);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 900 }),
        fc.constantFrom('degraded', 'failed', 'ok'),
        (text, state) => {
          counters.setState(state, text, 1_764_000_000_123);
          const { lastError, lastErrorUnixMillis } = counters.read();
          expect(text.startsWith(lastError!)).toBe(true);
          expect(lastError!.length === text.length || Buffer.byteLength(lastError!) > 690).toBe(true);
          expect(lastErrorUnixMillis).toBe(1_764_000_000_123);
          expect(counters.state).toBe(state);
        },
      ),
    );
  });

  test('a writer that died while it wrote the text neither hangs the readers nor its successor', () => {
    const memory = new SharedArrayBuffer(countersBytes(1));
    const counters = new BackendCounters(memory, 0);
    counters.setState('failed', 'first');
    const version = UNROUTED_BYTES / 4 + 67;
    new Int32Array(memory)[version] = new Int32Array(memory)[version]! + 1;
    expect(counters.read().lastError).toBeUndefined();
    counters.setState('failed', 'second');
    expect(counters.read().lastError).toBe('second');
  });

  test('threads that count and read at once lose nothing and read no torn text', async () => {
    const memory = new SharedArrayBuffer(countersBytes(1));
    const source = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { BackendCounters } = await import(workerData.module);
      const counters = new BackendCounters(workerData.memory, 0);
      for (let round = 0; round < 20000; round++) { counters.add('taken', 1); counters.setState('degraded', String(round % 10).repeat(1 + round % 500)); }
      parentPort.postMessage('done');`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: { memory, module: new URL('../../src/health/counters.ts', import.meta.url).href },
    });
    const counters = new BackendCounters(memory, 0);
    let done = false;
    const finished = new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    }).finally(() => {
      done = true;
    });
    let own = 0;
    while (!done) {
      for (let look = 0; look < 200; look++) {
        counters.add('taken', 1);
        own++;
        expect(counters.read().lastError ?? '').toMatch(/^(\d?)\1*$/);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await finished;
    await worker.terminate();
    expect(counters.get('taken')).toBe(20_000 + own);
  });

  test('settle closes the account: what survived in an outbox is taken, what was lost with a heap is dropped', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000), (taken, delivered, dropped, waiting) => {
        const counters = new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0);
        counters.take(infos(taken));
        counters.deliver(infos(delivered));
        counters.drop('rejected', infos(dropped));
        counters.settle(infos(waiting), 'redelivered');
        expect(counters.get('taken')).toBe(delivered + dropped + waiting);
        counters.take(tallyOf('audit', AUDIT_RANK, 7));
        counters.settle(infos(waiting), 'lost');
        expect(counters.droppedByLane.audit).toEqual({ info: { worker_died: 7 } });
        expect(counters.dropped('worker_died')).toBe(7);
        expect(counters.get('taken')).toBe(counters.get('delivered') + counters.droppedTotal + waiting);
      }),
    );
  });
});
