/**
 * The engine between a real outbox and a sink that answers as a script says.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/contract/backend.ts';
import { SUCCESS } from '../../src/contract/backend.ts';
import type { ByteBatch, Sink } from '../../src/contract/sink.ts';
import { DeliveryEngine, type EngineOptions, STALLED_AFTER_MILLIS } from '../../src/delivery/engine.ts';
import { Outbox, type OutboxSlot, outboxBytes } from '../../src/delivery/outbox.ts';
import { MAX_ASKED_PAUSE_MILLIS } from '../../src/delivery/pauses.ts';
import { senderOfSink } from '../../src/delivery/sender.ts';
import { BackendCounters, countersBytes } from '../../src/health/counters.ts';
import { infos } from '../support/counters.ts';
import { ManualTimers } from './manual-timers.ts';

type Answer = Outcome | 'throw' | 'hang';

/** Takes whole batches, each record one byte, and answers by script, then with success. */
class ScriptedSink implements Sink {
  readonly offered: number[][] = [];
  readonly offeredAt: number[] = [];
  readonly delivered: number[] = [];
  readonly script: Answer[];
  readonly answerMillis: number | ((attempt: number) => number);
  underWay = 0;
  mostUnderWay = 0;
  flushes = 0;
  flushFailures = 0;
  closed = false;
  #timers: ManualTimers;

  constructor(timers: ManualTimers, script: Answer[] = [], answerMillis: number | ((attempt: number) => number) = 0) {
    this.#timers = timers;
    this.script = script;
    this.answerMillis = answerMillis;
  }

  async write(batch: ByteBatch): Promise<Outcome> {
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    const answer = this.script.shift() ?? SUCCESS;
    this.offered.push([...batch.bytes]);
    this.offeredAt.push(this.#timers.now());
    const millis = typeof this.answerMillis === 'number' ? this.answerMillis : this.answerMillis(this.offered.length);
    if (millis > 0) await new Promise<void>((resolve) => void this.#timers.setTimeout(resolve, millis));
    if (answer === 'hang') return new Promise(() => {});
    this.underWay--;
    if (answer === 'throw') throw new Error('the sink threw');
    if (answer.status === 'success') this.delivered.push(...batch.bytes);
    if (answer.status === 'partial') this.delivered.push(...batch.bytes.subarray(Math.min(answer.rejected, batch.records)));
    return answer;
  }

  async flush(): Promise<void> {
    this.flushes++;
    if (this.flushFailures > 0) {
      this.flushFailures--;
      throw new Error('fsync failed');
    }
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function bench(
  script: Answer[] = [],
  options: Partial<EngineOptions<OutboxSlot>> & {
    slotBytes?: number;
    slots?: number;
    answerMillis?: ScriptedSink['answerMillis'];
  } = {},
) {
  const { slotBytes = 8, slots = 8, answerMillis = 0, ...engineOptions } = options;
  const timers = new ManualTimers();
  const outbox = new Outbox(new SharedArrayBuffer(outboxBytes(slots * slotBytes, slotBytes)), slotBytes);
  const sink = new ScriptedSink(timers, script, answerMillis);
  const counters = new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0);
  const engine = new DeliveryEngine({
    queue: outbox,
    sender: senderOfSink(sink),
    counters,
    timers,
    random: () => 1,
    ...engineOptions,
  });
  /** As the drain does it: each record is one byte, its number. */
  const offer = (id: number): boolean => {
    counters.take(infos(1));
    if (!outbox.claim()) {
      counters.drop('queue_full', infos(1));
      return false;
    }
    outbox.output.bytes[outbox.output.position++] = id;
    outbox.commit({ tally: infos(1) });
    if (outbox.output.position === outbox.output.limit) outbox.seal();
    engine.kick();
    return true;
  };
  return { timers, outbox, sink, counters, engine, offer };
}

/** The pauses between attempts of a sink that answers at once. */
function pausesOf({ offeredAt }: ScriptedSink): readonly number[] {
  return offeredAt.map((at, i) => at - (offeredAt[i - 1] ?? at)).filter((pause) => pause > 0);
}

const RETRYABLE: Outcome = { status: 'retryable', message: 'not now' };

const answers: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(SUCCESS) },
  { weight: 2, arbitrary: fc.constant(RETRYABLE) },
  fc.record({ status: fc.constant('retryable' as const), afterMillis: fc.integer({ min: 0, max: 5_000 }) }),
  fc.constant<Outcome>({ status: 'failure', message: 'never' }),
  fc.record({ status: fc.constant('partial' as const), rejected: fc.integer({ min: 0, max: 12 }) }),
  fc.constant<Answer>('throw'),
);

describe('engine', () => {
  test('every record ends once: taken = delivered + dropped, whatever the sink answers, at any concurrency and pace', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(answers, { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 20 }),
        fc.constantFrom(0, 10, 3_000),
        async (script, concurrency, gaps, answerMillis, intervalMillis) => {
          const { timers, sink, counters, engine, offer } = bench([...script], {
            concurrency,
            answerMillis,
            intervalMillis,
            slots: 4,
          });
          let offered = 0;
          const accepted: number[] = [];
          for (const gap of gaps) {
            const id = offered++ % 256;
            if (offer(id)) accepted.push(id);
            if (gap > 1_000) await timers.advance(gap);
          }
          const closing = engine.close(3_600_000);
          await timers.advance(3_600_000);
          expect(await closing).toBe(true);
          expect(counters.get('taken')).toBe(offered);
          expect(counters.get('delivered') + counters.droppedTotal).toBe(offered);
          expect(counters.get('delivered')).toBe(sink.delivered.length);
          expect(counters.dropped('queue_full')).toBe(offered - accepted.length);
          expect(sink.mostUnderWay).toBeLessThanOrEqual(concurrency);
          expect(timers.pending).toBe(0);
          if (concurrency === 1 && counters.dropped('rejected') === 0) expect(sink.delivered).toEqual(accepted);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([1, 3])(
    'while a write is under way, appends coalesce into one batch, at a concurrency of %i',
    async (concurrency) => {
      const { timers, sink, offer } = bench([], { answerMillis: 5, concurrency });
      for (let id = 1; id <= 5; id++) offer(id);
      await timers.advance(20);
      expect(sink.offered).toEqual([[1], [2, 3, 4, 5]]);
    },
  );

  test('full slots are sent side by side up to the concurrency; the open one waits until the sink is idle', async () => {
    const { timers, sink, offer } = bench([], { answerMillis: 5, concurrency: 3, slotBytes: 8, slots: 8 });
    for (let id = 0; id < 8 * 4 + 3; id++) offer(id);
    await timers.advance(1);
    expect(sink.underWay).toBe(3);
    await timers.advance(100);
    expect(sink.mostUnderWay).toBe(3);
    expect(sink.delivered).toHaveLength(35);
  });

  test('records gather for the interval from one attempt to the next; the first after a quiet time goes at once', async () => {
    const { timers, sink, offer } = bench([], { intervalMillis: 100 });
    for (let id = 1; id <= 7; id++) {
      offer(id);
      await timers.advance(30);
    }
    expect(sink.offered).toEqual([[1], [2, 3, 4], [5, 6, 7]]);
    expect(pausesOf(sink)).toEqual([100, 100]);
    await timers.advance(1_000);
    expect(timers.pending).toBe(0);
    offer(8);
    await timers.advance(0);
    expect(sink.offered.at(-1)).toEqual([8]);
  });

  test('a full batch waits for no interval, a flush does not, nor does a close', async () => {
    const { timers, sink, engine, offer } = bench([], { intervalMillis: 60_000, slotBytes: 8 });
    for (let id = 1; id <= 11; id++) offer(id);
    await timers.advance(0);
    expect(sink.offered).toEqual([[1], [2, 3, 4, 5, 6, 7, 8, 9]]);
    const flushed = engine.flush(1_000);
    await timers.advance(0);
    expect(await flushed).toBe(true);
    expect(sink.offered.at(-1)).toEqual([10, 11]);
    offer(12);
    const closed = engine.close(1_000);
    await timers.advance(0);
    expect(await closed).toBe(true);
    expect(sink.delivered).toHaveLength(12);
    expect(timers.pending).toBe(0);
  });

  test('a batch that was refused is offered again after its own pause, however long the interval', async () => {
    const { timers, sink, offer } = bench([RETRYABLE], { intervalMillis: 60_000, initialPauseMillis: 100 });
    offer(1);
    await timers.advance(100);
    expect(sink.offered).toEqual([[1], [1]]);
  });

  test('a refused batch is offered again before any later one, after pauses that double up to the longest', async () => {
    const { timers, sink, offer } = bench(Array(12).fill(RETRYABLE));
    offer(1);
    offer(2);
    await timers.advance(3_600_000);
    expect(pausesOf(sink)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]);
    expect(sink.offered.slice(0, 13).every((batch) => batch[0] === 1)).toBe(true);
    expect(sink.delivered).toEqual([1, 2]);
  });

  test('batches refused side by side come again in their order, whichever answer came first', async () => {
    const { timers, sink, offer } = bench([RETRYABLE, RETRYABLE], {
      concurrency: 2,
      answerMillis: (attempt) => (attempt === 1 ? 9 : 1),
    });
    for (let id = 0; id < 12; id++) offer(id);
    await timers.advance(1_000);
    expect(sink.offered.map((batch) => batch[0])).toEqual([0, 1, 0, 1, 9]);
    expect(sink.delivered).toEqual(Array.from({ length: 12 }, (_, id) => id));
  });

  test('after a success, the next trouble starts with the first pause again', async () => {
    const { timers, sink, offer } = bench([RETRYABLE, RETRYABLE, SUCCESS, RETRYABLE]);
    offer(1);
    offer(2);
    await timers.advance(10_000);
    expect(pausesOf(sink)).toEqual([100, 200, 100]);
  });

  test('pauses are spread over their upper half', async () => {
    const { timers, sink, offer } = bench([RETRYABLE], { random: () => 0 });
    offer(1);
    await timers.advance(1_000);
    expect(pausesOf(sink)).toEqual([50]);
  });

  test('M5: a write that never settles makes the state failed, says so, and lets no flush hang', async () => {
    const { timers, engine, counters, offer } = bench(['hang']);
    offer(1);
    await timers.advance(STALLED_AFTER_MILLIS - 1);
    expect(counters.state).toBe('ok');
    await timers.advance(1);
    expect(counters.state).toBe('failed');
    expect(counters.read().lastError).toBe('A write has not settled for 30000 ms; its promise must resolve or reject.');
    const flushed = engine.flush(1_000);
    await timers.advance(1_000);
    expect(await flushed).toBe(false);
    const closed = engine.close(1_000);
    await timers.advance(2_000);
    expect(await closed).toBe(false);
    expect(counters.read().dropped.shutdown).toBe(1);
  });

  test('a write that settles late makes the state ok again', async () => {
    const { timers, counters, offer } = bench([], { answerMillis: STALLED_AFTER_MILLIS + 10 });
    offer(1);
    await timers.advance(STALLED_AFTER_MILLIS);
    expect(counters.state).toBe('failed');
    await timers.advance(10);
    expect(counters.state).toBe('ok');
  });

  test('an admission decides when the destination may be tried, and is told what came of it', async () => {
    const told: string[] = [];
    let isOpen = false;
    let onAllowed = () => {};
    const { timers, sink, offer } = bench([RETRYABLE, SUCCESS], {
      concurrency: 3,
      admission: (allow) => {
        onAllowed = allow;
        return {
          isAway: false,
          attempted: () => {},
          allowed: (most) => (isOpen ? Math.min(most, 1) : 0),
          answered: () => void told.push('answered'),
          refused: (askedMillis) => told.push(`refused ${askedMillis}`),
          hurry: () => {},
          pauseMillis: () => 1,
          close: () => void told.push('closed'),
        };
      },
    });
    for (let id = 0; id < 20; id++) offer(id);
    await timers.advance(1_000);
    expect(sink.offered).toHaveLength(0);
    isOpen = true;
    onAllowed();
    await timers.advance(1);
    expect(sink.mostUnderWay).toBe(1);
    expect(told.slice(0, 2)).toEqual(['refused undefined', 'answered']);
    expect(sink.delivered).toHaveLength(20);
  });

  test('while the sink refuses, one write at a time probes it', async () => {
    const { timers, sink, offer } = bench([RETRYABLE, RETRYABLE, RETRYABLE, RETRYABLE, RETRYABLE], {
      concurrency: 3,
      answerMillis: 1,
    });
    for (let id = 0; id < 40; id++) offer(id);
    await timers.advance(10);
    const before = sink.offered.length;
    sink.mostUnderWay = 0;
    await timers.advance(95);
    expect(sink.offered.length).toBe(before + 1);
    await timers.advance(10_000);
    expect(sink.delivered.length).toBe(40);
    expect([...sink.delivered].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, id) => id));
  });

  test('the pause the destination asks for is kept, up to a limit, and a flush does not cut it short', async () => {
    const { timers, sink, engine, offer } = bench([
      { status: 'retryable', afterMillis: 7_000 },
      { status: 'retryable', afterMillis: 1e12 },
    ]);
    offer(1);
    await timers.advance(6_999);
    void engine.flush(100_000);
    await timers.advance(0);
    expect(sink.offered).toHaveLength(1);
    await timers.advance(1);
    expect(sink.offered).toHaveLength(2);
    await timers.advance(MAX_ASKED_PAUSE_MILLIS);
    expect(sink.delivered).toEqual([1]);
  });

  test('a flush cuts our own pause short, and settles when what was there at the call has been taken', async () => {
    const { timers, sink, engine, offer } = bench(Array(7).fill(RETRYABLE), {
      answerMillis: 1,
    });
    offer(1);
    await timers.advance(3_200);
    const attempts = sink.offered.length;
    let done: boolean | undefined;
    void engine.flush(60_000).then((result) => {
      done = result;
    });
    await timers.advance(2);
    expect(sink.offered.length).toBe(attempts + 1);
    expect(done).toBeUndefined();
    offer(2);
    sink.script.push(SUCCESS, 'hang');
    await timers.advance(30_000);
    expect(done).toBe(true);
    expect(sink.flushes).toBe(1);
    expect(sink.delivered).toEqual([1]);
  });

  test('a flush of an empty outbox still asks the sink to make safe what it has', async () => {
    const { timers, sink, engine, outbox } = bench();
    outbox.claim(); // An open slot with nothing in it does not hold a flush up.
    const flushing = engine.flush(100);
    await timers.advance(1);
    expect(await flushing).toBe(true);
    expect(sink.flushes).toBe(1);
  });

  test('what is appended after the call does not prolong a flush, not even in a slot that was open and empty', async () => {
    const { timers, sink, engine, offer, outbox } = bench([SUCCESS, 'hang'], { answerMillis: 10 });
    offer(1);
    outbox.claim();
    const flushing = engine.flush(1_000);
    offer(2);
    await timers.advance(11);
    expect(sink.offered).toEqual([[1], [2]]);
    await timers.advance(989);
    expect(await flushing).toBe(true);
  });

  test('a flush that the sink fails is tried again until its deadline, and is not reported as done', async () => {
    const { timers, sink, engine, counters } = bench();
    sink.flushFailures = 2;
    const first = engine.flush(10_000);
    await timers.advance(10_000);
    expect(await first).toBe(true);
    expect(sink.flushes).toBe(3);
    sink.flushFailures = 1_000;
    const second = engine.flush(1_000);
    await timers.advance(1_000);
    expect(await second).toBe(false);
    expect(counters.read().lastError).toBe('fsync failed');
  });

  test('a sink that never answers holds neither flush nor close beyond their deadline, and its records are counted', async () => {
    const { timers, engine, offer, counters, sink } = bench(['hang']);
    offer(1);
    offer(2);
    const flushing = engine.flush(500);
    await timers.advance(500);
    expect(await flushing).toBe(false);
    const closing = engine.close(500);
    await timers.advance(500);
    expect(await closing).toBe(false);
    expect(counters.dropped('shutdown')).toBe(2);
    expect(counters.get('taken')).toBe(counters.get('delivered') + counters.droppedTotal);
    expect(sink.closed).toBe(true);
    engine.kick();
    await timers.advance(100_000);
    expect(sink.offered).toHaveLength(1);
  });

  test('a write that is taken after the shutdown has given it up is not counted twice', async () => {
    const { timers, engine, offer, counters } = bench([], { answerMillis: 1_000 });
    offer(1);
    const closing = engine.close(500);
    await timers.advance(5_000);
    expect(await closing).toBe(false);
    expect(counters.read()).toMatchObject({ counts: { taken: 1, delivered: 0 }, dropped: { shutdown: 1 } });
  });

  test('state: degraded at the first refusal, failed when it lasts, ok with the next success, the error still readable', async () => {
    const { timers, counters, offer } = bench([RETRYABLE, RETRYABLE, RETRYABLE, RETRYABLE, RETRYABLE, RETRYABLE]);
    expect(counters.state).toBe('ok');
    offer(1);
    await timers.advance(0);
    expect(counters.state).toBe('degraded');
    await timers.advance(3_100);
    expect(counters.state).toBe('failed');
    expect(counters.get('retries')).toBe(6);
    await timers.advance(10_000);
    expect(counters.read()).toMatchObject({ state: 'ok', lastError: 'not now' });
  });

  test('state: a batch refused for good is failed, a warning without loss is degraded', async () => {
    const { timers, counters, offer } = bench([
      { status: 'failure', message: '400 Bad Request' },
      { status: 'partial', rejected: 0, message: 'deprecated' },
    ]);
    offer(1);
    await timers.advance(0);
    expect(counters.read()).toMatchObject({ state: 'failed', lastError: '400 Bad Request', dropped: { rejected: 1 } });
    offer(2);
    await timers.advance(0);
    expect(counters.read()).toMatchObject({
      state: 'degraded',
      lastError: 'deprecated',
      dropped: { rejected: 1 },
      counts: { delivered: 1 },
    });
  });

  test('a successor sends what its predecessor had committed, in order, and the account closes', async () => {
    const memory = new SharedArrayBuffer(outboxBytes(64, 8));
    const counterMemory = new SharedArrayBuffer(countersBytes(1));
    const timers = new ManualTimers();
    const first = new Outbox(memory, 8);
    const counters = new BackendCounters(counterMemory, 0);
    const dead = new DeliveryEngine({
      queue: first,
      sender: senderOfSink(new ScriptedSink(timers, ['hang'])),
      counters,
      timers,
    });
    for (let id = 1; id <= 20; id++) {
      counters.take(infos(1));
      first.claim();
      first.output.bytes[first.output.position++] = id;
      first.commit({ tally: infos(1) });
      if (first.output.position === first.output.limit) first.seal();
      dead.kick();
    }
    counters.take(infos(1)); // Died between counting a record and committing it: its ring offers it again.

    const outbox = new Outbox(memory);
    const successorCounters = new BackendCounters(counterMemory, 0);
    successorCounters.settle(outbox.waiting, 'redelivered');
    const sink = new ScriptedSink(timers);
    const engine = new DeliveryEngine({ queue: outbox, sender: senderOfSink(sink), counters: successorCounters, timers });
    engine.kick();
    await timers.advance(1);
    expect(sink.delivered).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(successorCounters.get('taken')).toBe(20);
    expect(successorCounters.get('delivered')).toBe(20);
  });
});
