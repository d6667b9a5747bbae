/**
 * Calls = lines at the destination + counted losses, for each lane and level, whatever floods come and whatever the destination answers. Real producers, rings,
 * drain, encoders, outboxes and engines; the destinations answer as a script says, on a clock that the test moves.
 *
 * `HFT_ACCOUNT_RUNS` sets the number of runs: 30 by default, 200 for the proof.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { componentScope } from '../../src/caller/scopes.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { Backend, LogRecordData, Outcome } from '../../src/contract/backend.ts';
import type { ByteBatch, Sink } from '../../src/contract/sink.ts';
import type { Destination } from '../../src/delivery/destination.ts';
import { LossMarks } from '../../src/delivery/loss-marks.ts';
import { ObjectDestination } from '../../src/delivery/object-destination.ts';
import { ObjectQueue } from '../../src/delivery/object-queue.ts';
import { AUDIT_RESERVE, Shares } from '../../src/delivery/shares.ts';
import type { BackendCounters, LossReason } from '../../src/health/counters.ts';
import { DROP_REASONS, LOSS_REASONS } from '../../src/health/counters.ts';
import { addTally, CELLS, cellOf, newTally, type Tally, withoutTally } from '../../src/health/tally.ts';
import { openProducer } from '../../src/instance/open-producer.ts';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import { openBlock } from '../../src/memory/block.ts';
import { FlushAnswerer } from '../../src/memory/flush.ts';
import { allocateRun } from '../../src/memory/run.ts';
import { allocateSignals } from '../../src/memory/signals.ts';
import { LaneSource } from '../../src/read/lane-source.ts';
import { AUDIT_RANK, LANES, type Lane, LEVELS, type Level, rankOfLevel } from '../../src/record.ts';
import { accountOf } from '../../src/ring/account.ts';
import { Drain } from '../../src/worker/drain.ts';
import { AnchoredClock } from '../../src/worker/wall-clock.ts';
import { ManualTimers } from '../outbox/manual-timers.ts';
import { freshCounters } from '../support/counters.ts';
import { byteDestinationOf } from './opened-destination.ts';

const RUNS = Number(process.env.HFT_ACCOUNT_RUNS ?? 30);

type Answer = Outcome | 'throw' | 'refuse the least severe';

/** A line, or an object, as far as the account is concerned. */
interface Arrived {
  readonly lane: Lane;
  readonly level: Level;
  readonly reason?: LossReason;
  readonly lost?: Readonly<Partial<Record<Level, number>>>;
}

/** What has arrived at one destination: records by lane and level, and what its marks tell by reason. */
class Arrivals {
  readonly records = newTally();
  readonly told = new Map<LossReason, Tally>(LOSS_REASONS.map((reason) => [reason, newTally()]));

  add({ lane, level, reason, lost }: Arrived): void {
    if (reason === undefined) this.records[cellOf(lane, rankOfLevel(level))]++;
    else
      for (const [name, count] of Object.entries(lost ?? {}))
        this.told.get(reason)![cellOf(lane, rankOfLevel(name as Level))] += count;
  }
}

function arrivedLine(line: string): Arrived {
  const record = JSON.parse(line);
  if (record.logger === 'hft-otel') return arrivedMark(record.lane, record.reason, record);
  return record.audit_seq === undefined ? { lane: 'logs', level: record.level } : { lane: 'audit', level: LEVELS[AUDIT_RANK] };
}

function arrivedObject({ lane, level, loggerName, attributes }: LogRecordData): Arrived {
  if (loggerName === 'hft-otel') return arrivedMark(attributes.lane as Lane, attributes.reason as LossReason, attributes);
  return { lane, level };
}

function arrivedMark(lane: Lane, reason: LossReason, counts: object): Arrived {
  return {
    lane,
    level: 'warning',
    reason,
    lost: Object.fromEntries(Object.entries(counts).filter(([name]) => LEVELS.includes(name as Level))),
  };
}

/** Answers by script and then with success. What it refuses of a batch are the least severe records: the account assumes so, because nobody says which. */
class Destined {
  readonly arrivals = new Arrivals();
  readonly #script: Answer[];
  readonly #answerMillis: number;
  readonly #timers: ManualTimers;
  #isClosed = false;

  constructor(script: readonly Answer[], answerMillis: number, timers: ManualTimers) {
    this.#script = [...script];
    this.#answerMillis = answerMillis;
    this.#timers = timers;
  }

  async answer(batch: readonly Arrived[]): Promise<Outcome> {
    if (this.#answerMillis > 0) await new Promise<void>((resolve) => void this.#timers.setTimeout(resolve, this.#answerMillis));
    const answer = this.#isClosed ? 'throw' : (this.#script.shift() ?? { status: 'success' });
    if (answer === 'throw') throw new Error('broken');
    if (answer === 'refuse the least severe') return this.#takeMost(batch);
    if (answer.status === 'success') for (const each of batch) this.arrivals.add(each);
    return answer;
  }

  /** What is under way is cut off: it was given up and counted. */
  close(): void {
    this.#isClosed = true;
  }

  #takeMost(batch: readonly Arrived[]): Outcome {
    const records = batch.filter(({ reason }) => reason === undefined);
    const rejected = records.length >> 1;
    const bySeverity = [...records].sort(
      (left, right) => rankOfLevel(left.level) - rankOfLevel(right.level) || LANES.indexOf(left.lane) - LANES.indexOf(right.lane),
    );
    const refused = new Set(bySeverity.slice(0, rejected));
    for (const each of batch) if (!refused.has(each)) this.arrivals.add(each);
    return { status: 'partial', rejected };
  }
}

interface Opened {
  readonly destination: Destination;
  readonly destined: Destined;
  readonly counters: BackendCounters;
}

interface World {
  readonly timers: ManualTimers;
  readonly clock: AnchoredClock;
  readonly shares: readonly number[];
}

interface DestinationPlan {
  readonly script: readonly Answer[];
  readonly answerMillis: number;
  readonly slotBytes: number;
  readonly slots: number;
  readonly concurrency: number;
}

function openBytes({ timers, clock, shares }: World, plan: DestinationPlan): Opened {
  const destined = new Destined(plan.script, plan.answerMillis, timers);
  const counters = freshCounters();
  const sink: Sink = {
    write: ({ bytes }: ByteBatch) => destined.answer(Buffer.from(bytes).toString().trimEnd().split('\n').map(arrivedLine)),
    flush: async () => {},
    close: async () => destined.close(),
  };
  const { slotBytes, slots, concurrency } = plan;
  const destination = byteDestinationOf({ sink, counters, clock, timers, shares, slotBytes, slots, concurrency });
  return { destination, destined, counters };
}

function openObjects({ timers, clock, shares }: World, plan: DestinationPlan): Opened {
  const destined = new Destined(plan.script, plan.answerMillis, timers);
  const counters = freshCounters();
  const backend: Backend = { write: (batch) => destined.answer(batch.map(arrivedObject)), close: () => destined.close() };
  const queue = new ObjectQueue({
    backend,
    counters,
    maxRecords: plan.slots * 20,
    batchRecords: 10,
    shares: new Shares(shares, AUDIT_RESERVE),
    giveUpAfterMillis: 3_000,
    onDelivered: () => destination.onDelivered(),
    onGivenUp: (batch) => destination.onGivenUp(batch),
    timers,
  });
  const destination = new ObjectDestination(queue, counters, new LossMarks(counters, clock));
  return { destination, destined, counters };
}

/** Everything that was offered to the destinations: what rings refused is known by level, what no destination takes too. */
function openWorld(plans: { readonly bytes: DestinationPlan; readonly objects: DestinationPlan }, ringBufferSize: number) {
  const { config } = resolveConfig({ level: 'trace', environment: 'production', ringBufferSize }, {});
  const timers = new ManualTimers();
  const clock = new AnchoredClock();
  const world: World = { timers, clock, shares: config.overflowShares };
  const opened = [openBytes(world, plans.bytes), openObjects(world, plans.objects)];
  const run = allocateRun(allocatorOf(SHARED_MEMORY), '');
  const signals = allocateSignals();
  const written = newTally();
  const producer = openProducer(
    {
      ...config,
      shares: config.overflowShares,
      allocator: SHARED_MEMORY,
      signals: signals.descriptor,
      run: run.descriptor,
      audit: undefined,
      auditCounters: undefined,
      runId: config.instanceId,
    },
    {
      writeThrough: () => {
        written[cellOf('audit', AUDIT_RANK)]++;
        return true;
      },
      onSeries: () => {},
      onWarning: () => {},
    },
  );
  const unrouted = newTally();
  // The first destination takes debug and above, the second info and above: traces go nowhere.
  const reachOf = (_lane: Lane, rank: number) => (rank >= rankOfLevel('debug') ? 1 : 0) | (rank >= rankOfLevel('info') ? 2 : 0);
  const routes = { maskFor: reachOf, maskForAny: reachOf };
  const source = (lane: Lane) =>
    new LaneSource(producer.memory, lane, routes, clock, 128, { onUnrouted: (records) => addTally(unrouted, records) });
  const drain = new Drain({
    signals: signals.words,
    flushes: new FlushAnswerer(signals.words, 1_000),
    clock,
    destinations: opened.map(({ destination }) => destination),
    batchSize: 100,
    flushIntervalMillis: 10,
    onDelay: () => {},
    onFlushAsked: () => {},
    onFinished: () => {},
  });
  for (const lane of ['audit', 'logs'] as const) drain.sources.add(source(lane));
  const ringLosses = () => {
    const lost = newTally();
    for (const { cell, lane, levelRank } of CELLS) {
      const [first] = accountOf(openBlock(producer.memory[lane].ring).memory).dropped[levelRank];
      lost[cell] = first;
    }
    return lost;
  };
  return { timers, drain, opened, written, unrouted, ringLosses, producer, logger: producer.logger(componentScope('gateway')) };
}

const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Answer>({ status: 'success' }) },
  { weight: 3, arbitrary: fc.constant<Answer>({ status: 'retryable' }) },
  fc.constant<Answer>({ status: 'retryable', afterMillis: 700 }),
  fc.constant<Answer>({ status: 'failure' }),
  fc.constant<Answer>('refuse the least severe'),
  fc.constant<Answer>('throw'),
);

const plan: fc.Arbitrary<DestinationPlan> = fc.record({
  script: fc.array(answer, { maxLength: 40 }),
  answerMillis: fc.constantFrom(0, 0, 20, 900),
  slotBytes: fc.constantFrom(1_024, 4_096, 32_768),
  slots: fc.integer({ min: 2, max: 9 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ log: fc.constantFrom(...LEVELS), times: fc.integer({ min: 1, max: 600 }), bytes: fc.nat(300) }),
  },
  fc.record({ audit: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ mixed: fc.integer({ min: 1, max: 1_500 }) }),
  { weight: 2, arbitrary: fc.record({ turn: fc.constant(true) }) },
  { weight: 2, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 4_000 }) }) },
  fc.constant({ large: true }),
  fc.constant({ flush: true }),
);

test('calls = lines + counted, for each lane and level, and marks tell of every loss, whatever floods come and whatever the destination answers', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ bytes: plan, objects: plan }),
      fc.array(step, { minLength: 1, maxLength: 30 }),
      fc.constantFrom(500, 2_000),
      fc.constantFrom(0, 10_000, 3_600_000),
      async (plans, steps, ringBufferSize, closeMillis) => {
        const { timers, drain, opened, written, unrouted, ringLosses, logger } = openWorld(plans, ringBufferSize);
        const calls = newTally();
        const log = (level: Level, fields: object) => {
          calls[cellOf('logs', rankOfLevel(level))]++;
          logger[level]('order placed', fields);
        };
        for (const each of steps) {
          if ('log' in each) for (let i = 0; i < each.times; i++) log(each.log, { i, text: 'x'.repeat(each.bytes) });
          else if ('mixed' in each) for (let i = 0; i < each.mixed; i++) log(LEVELS[i % LEVELS.length], { i });
          else if ('audit' in each) {
            for (let i = 0; i < each.audit; i++) logger.audit('order_placed', { i });
            calls[cellOf('audit', AUDIT_RANK)] += each.audit;
          } else if ('large' in each) log('error', { text: 'x'.repeat(5_000) });
          else if ('flush' in each) for (const { destination } of opened) void destination.flush(100);
          else if ('turn' in each) drain.turn();
          else await timers.advance(each.advance);
          await timers.advance(0);
        }
        drain.drainAll();
        const closing = Promise.all(opened.map(({ destination }) => destination.close(closeMillis)));
        await timers.advance(closeMillis + 1_000);
        const complete = await closing;

        const accepted = withoutTally(withoutTally(calls, ringLosses()), written);
        const leastRanks = [rankOfLevel('debug'), rankOfLevel('info')];
        expect(unrouted).toEqual(accepted.map((count, cell) => (cell === cellOf('logs', rankOfLevel('trace')) ? count : 0)));
        opened.forEach(({ destined, counters }, index) => {
          const routed = accepted.slice();
          for (const { cell, levelRank } of CELLS) if (levelRank < leastRanks[index]) routed[cell] = 0;
          const counted = newTally();
          for (const reason of DROP_REASONS) addTally(counted, counters.droppedTally(reason));
          addTally(counted, destined.arrivals.records);
          expect(counted).toEqual(routed);
          expect(counters.get('taken')).toBe(counters.get('delivered') + counters.droppedTotal);
          // What waits at the end is given up, marks too. Otherwise the marks that arrived tell of all losses but those that are still owed.
          if (!complete[index]) return;
          for (const reason of DROP_REASONS) {
            const owed = counters.unmarked(reason);
            expect(destined.arrivals.told.get(reason)).toEqual(withoutTally(counters.droppedTally(reason), owed));
          }
        });
      },
    ),
    { numRuns: RUNS },
  );
});
