/**
 * Every word that threads share, with the files and threads that write and read it, and the order of its accesses. The layout files named here have the places
 * of the words; test/memory/words.test.ts compares this table with the code. Imports nothing.
 *
 * Three kinds of order:
 * - `publish`: stored atomically behind plain stores, loaded atomically before plain loads: a reader that sees the word sees everything that was written before it;
 * - `atomic`: changed by read-modify-write operations, by several threads;
 * - `alone`: an aligned store that stands for itself. Readers may see it a moment late, and never half of it.
 */

export interface SharedWord {
  /** Name of the constant that is its index. */
  readonly word: string;
  /** Files below src/ that write it, or pass it to code that does (a sequence lock, an encoder); and those that only read it. */
  readonly writers: readonly string[];
  readonly readers: readonly string[];
  /** Which threads write it. `producer`: the thread whose ring or table it is. `maker`: the one that made the instance. `any`: of the instance. */
  readonly by: string;
  readonly order: 'publish' | 'atomic' | 'alone';
}

export interface SharedArea {
  /** File below src/ that declares the words; for an area with one owner, the file that alone knows them. */
  readonly layout: string;
  /** Kind of block; see memory/block.ts. */
  readonly block: string;
  /** Threads wait on words of it, or may: it must be a SharedArrayBuffer. */
  readonly isWaitedOn: boolean;
  readonly words: readonly SharedWord[];
}

type Row = readonly [word: string, by: string, order: SharedWord['order'], writers: string, readers?: string];

const split = (files: string | undefined) => (files === undefined ? [] : files.split(' '));

const wordsOf = (...rows: readonly Row[]): readonly SharedWord[] =>
  rows.map(([word, by, order, writers, readers]) => ({ word, by, order, writers: split(writers), readers: split(readers) }));

const FLUSH = 'memory/flush.ts';
const RING = 'ring/writer.ts';
const RUN_TABLE = 'memory/mapped/run-table.ts';

export const SHARED_AREAS: readonly SharedArea[] = [
  {
    layout: 'memory/signals.ts',
    block: 'signals',
    isWaitedOn: true,
    words: wordsOf(
      [
        'SIGNAL_GENERATION',
        'any',
        'atomic',
        'caller/call-cost.ts caller/level-board.ts caller/producer.ts worker/drain.ts',
        'caller/black-box.ts caller/log-methods.ts caller/logger.ts',
      ],
      ['SIGNAL_PARKED', 'worker; any, to wake it', 'atomic', 'memory/signals.ts worker/drain.ts'],
      ['SIGNAL_FLUSH_ASKED', 'any', 'atomic', FLUSH],
      ['SIGNAL_FLUSH_DONE', 'worker', 'publish', FLUSH, 'instance/worker-host.ts'],
      ['SIGNAL_WORKER_STATE', 'maker; worker, when it runs', 'alone', 'instance/worker-host.ts worker/session.ts'],
      ['SIGNAL_HEARTBEAT', 'worker', 'alone', 'worker/drain.ts', 'caller/call-cost.ts instance/worker-host.ts'],
      ['SIGNAL_FLUSH_ENDING', 'maker', 'atomic', FLUSH],
      ['SIGNAL_FLUSH_UNTIL', 'any; worker, to clear it', 'atomic', FLUSH],
      ['SIGNAL_FLUSH_COMPLETE', 'worker', 'alone', FLUSH],
      ['SIGNAL_OVERFLOWED_SERIES', 'worker', 'alone', 'worker/session.ts', 'instance/health.ts'],
      ['SIGNAL_LEFT_OUT', 'worker', 'alone', 'worker/session.ts', 'instance/health.ts'],
      [
        'SIGNAL_REPLACED',
        'maker',
        'alone',
        'instance/handover.ts',
        'instance/thread-service.ts process/thread.ts worker/session.ts',
      ],
      ['SIGNAL_INSIDE_MODULE', 'worker; maker, for a new one', 'alone', 'memory/foreign-code.ts'],
      ['SIGNAL_MODULES_UNDER_WAY', 'worker; maker, for a new one', 'atomic', 'memory/foreign-code.ts'],
      ['SIGNAL_DELIVERY', 'maker; worker', 'atomic', 'memory/signals.ts'],
      ['SIGNAL_IDENTITY', 'maker, once', 'alone', 'memory/signals.ts'],
      ['SIGNAL_LEVELS_VERSION', 'maker', 'publish', 'caller/level-board.ts'],
      ['SIGNAL_LEVELS_LENGTH', 'maker', 'publish', 'caller/level-board.ts'],
      ['SIGNAL_OVERRIDES_VERSION', 'worker', 'publish', 'caller/level-board.ts'],
      ['SIGNAL_OVERRIDES_LENGTH', 'worker', 'publish', 'caller/level-board.ts'],
    ),
  },
  {
    layout: 'memory/run.ts',
    block: 'run',
    isWaitedOn: false,
    words: wordsOf(
      ['RUN_AUDIT_SEQUENCE', 'any', 'atomic', 'audit/event-lines.ts audit/numbers.ts caller/producer.ts', 'memory/run.ts'],
      [
        'RUN_CLOCK_OFFSET_INDEX',
        'worker; maker, where none has begun',
        'alone',
        'worker/at-exit.ts worker/session.ts',
        'memory/run.ts memory/unix-time.ts',
      ],
      ['RUN_AUDIT_FILE_INDEX', 'any', 'atomic', 'audit/current-file.ts'],
      ['RUN_AUDIT_GUESTS', 'any', 'atomic', 'audit/current-file.ts'],
      ['RUN_ID_LENGTH', 'maker, once', 'alone', 'memory/run.ts'],
      ['RUN_START', 'maker, once', 'alone', 'memory/run.ts'],
      ['RUN_IS_NAMED_BY_START', 'maker, once', 'alone', 'memory/run.ts'],
      ['RUN_TREE_LOCK', 'worker; maker, when no worker is left', 'atomic', 'audit/run-tree/state.ts'],
      ['RUN_TREE_VERSION', 'worker; maker, when no worker is left', 'publish', 'audit/run-tree/state.ts'],
    ),
  },
  {
    layout: 'memory/mapped/run-table.ts',
    block: 'the file `run` of a run’s folder',
    isWaitedOn: false,
    words: wordsOf(
      ['WORD_MAGIC', 'maker of the run, once', 'publish', RUN_TABLE],
      ['WORD_FORMAT', 'maker of the run, once', 'publish', RUN_TABLE],
      ['WORD_PID', 'maker of the run, once', 'alone', RUN_TABLE],
      ['WORD_INSTANCES', 'makers of instances', 'atomic', RUN_TABLE],
      ['WORD_REFUSED', 'any', 'atomic', RUN_TABLE],
      ['F64_START_TICKS', 'maker of the run, once', 'alone', RUN_TABLE],
      ['F64_MADE_MILLIS', 'maker of the run, once', 'alone', RUN_TABLE],
      ['F64_RECOVERED', 'worker of the process that recovers the run', 'alone', RUN_TABLE],
      ['WORD_SLOT_STATE', 'any that allocates; maker, to give back', 'publish', RUN_TABLE],
      ['WORD_SLOT_KIND', 'who has claimed the slot', 'alone', RUN_TABLE],
      ['WORD_SLOT_FORMAT', 'who has claimed the slot', 'alone', RUN_TABLE],
      ['WORD_SLOT_LANE', 'who has claimed the slot', 'alone', RUN_TABLE],
      ['WORD_SLOT_OWNER_LENGTH', 'who has claimed the slot', 'alone', RUN_TABLE],
      ['F64_SLOT_SIZE', 'who has claimed the slot', 'alone', RUN_TABLE],
      ['I64_SLOT_ADDRESS', 'who has claimed the slot', 'alone', RUN_TABLE],
    ),
  },
  {
    layout: 'ring/layout.ts',
    block: 'ring',
    isWaitedOn: false,
    words: wordsOf(
      [
        'WORD_HEAD',
        'producer',
        'publish',
        `codec/encode/frame-memory.ts codec/encode/generated-writer.ts ${RING}`,
        'audit/numbers.ts ring/account.ts ring/reader.ts',
      ],
      [
        'WORD_SEQUENCE',
        'producer; worker that recovers the ring, for what a black box had kept',
        'alone',
        `codec/black-box.ts codec/encode/frame-memory.ts codec/encode/generated-writer.ts ${RING}`,
        'ring/account.ts',
      ],
      [
        'WORD_CLOSED',
        'producer; maker, of a thread that was terminated',
        'publish',
        `memory/producer-memory.ts ${RING}`,
        'ring/account.ts ring/reader.ts',
      ],
      ['WORD_FORMAT', 'producer, once', 'alone', RING, 'ring/reader.ts'],
      ['WORD_OWN_NUMBERS', 'producer; maker or worker, when they number its events', 'publish', 'audit/numbers.ts'],
      ['I64_RELEASED', 'worker; producer, of a black box', 'publish', 'ring/reader.ts'],
      ['WORD_TAIL', 'worker, as half of I64_RELEASED', 'publish', 'ring/reader.ts', `ring/account.ts ${RING}`],
      ['WORD_DRAINED', 'worker, as half of I64_RELEASED', 'publish', 'ring/reader.ts', 'ring/account.ts'],
      [
        'WORD_READER',
        'maker or worker, whichever is first; maker, when it passes the ring on',
        'atomic',
        'memory/producer-memory.ts',
      ],
      ['WORD_KEPT_RECORDS', 'producer, once', 'alone', 'codec/black-box.ts'],
      ['WORD_FIRST_UNMARKED', 'producer; worker that recovers the ring', 'alone', RING],
      ['WORD_HIGH_WATER', 'producer', 'alone', RING, 'ring/account.ts'],
      ['F64_SEQUENCE_TOTAL', 'producer', 'alone', RING, 'ring/account.ts'],
      ['F64_DROPPED', 'producer', 'alone', RING, 'ring/account.ts'],
      ['F64_UNMARKED', 'producer; worker that recovers the ring', 'alone', RING],
      ['F64_SAMPLED_OUT', 'producer', 'alone', RING, 'ring/account.ts'],
    ),
  },
  {
    layout: 'series/layout.ts',
    block: 'series',
    isWaitedOn: false,
    words: wordsOf(
      ['WORD_FORMAT', 'producer, once', 'publish', 'series/arena.ts', 'series/losses.ts series/reader.ts'],
      ['WORD_PUBLISHED', 'producer', 'publish', 'series/arena.ts', 'series/reader.ts'],
      ['WORD_BLOCK_INDEX', 'producer, once', 'alone', 'series/arena.ts', 'series/collect.ts series/table.ts'],
      ['WORD_EPOCH', 'worker', 'publish', 'series/reader.ts', 'series/histogram-code.ts series/histogram.ts'],
      ['WORD_TICK', 'worker', 'alone', 'series/reader.ts', 'series/table.ts'],
      [
        'WORD_SEQUENCE',
        'producer; worker that recovers the run',
        'publish',
        'series/histogram-code.ts series/histogram.ts series/table.ts',
        'series/reader.ts',
      ],
      ['WORD_CLOSED', 'producer; maker, of a thread that was terminated', 'publish', 'series/table.ts', 'series/reader.ts'],
      ['WORD_BLOCKS', 'producer', 'publish', 'series/arena.ts', 'series/reader.ts'],
      ['F64_START_MILLIS', 'producer, once', 'alone', 'series/table.ts', 'series/reader.ts'],
      ['F64_OVERFLOWED', 'producer', 'alone', 'series/table.ts', 'series/losses.ts series/reader.ts'],
      ['F64_REJECTED', 'producer', 'alone', 'series/table.ts', 'series/losses.ts series/reader.ts'],
    ),
  },
  {
    layout: 'delivery/outbox.ts',
    block: 'outbox',
    isWaitedOn: false,
    words: wordsOf(
      ['WORD_FORMAT', 'worker, once', 'publish', 'delivery/outbox.ts'],
      ['WORD_SLOT_COUNT', 'worker, once', 'alone', 'delivery/outbox.ts'],
      ['WORD_SLOT_BYTES', 'worker, once', 'alone', 'delivery/outbox.ts'],
      ['WORD_STATE', 'worker', 'publish', 'delivery/outbox.ts'],
      ['DOUBLE_ORDER', 'worker', 'alone', 'delivery/outbox.ts'],
      ['DOUBLE_COMMITTED', 'worker', 'alone', 'delivery/outbox.ts'],
      ['DOUBLE_CALLED', 'worker', 'alone', 'delivery/outbox.ts'],
      ['DOUBLE_FIRST_NUMBER', 'worker', 'alone', 'delivery/outbox.ts'],
    ),
  },
  {
    layout: 'health/counters.ts',
    block: 'counters',
    isWaitedOn: false,
    words: wordsOf(
      ['ERROR_TIME', 'any that counts', 'alone', 'health/counters.ts'],
      ['STATE', 'any that counts', 'alone', 'health/counters.ts'],
      ['TEXT_VERSION', 'any that counts', 'publish', 'health/counters.ts'],
      ['TEXT_LENGTH', 'any that counts', 'publish', 'health/counters.ts'],
    ),
  },
];
