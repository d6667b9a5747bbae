/** What is left in a ring, against a list: records written, some released, then the process is no more. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LevelBoard } from '../../src/caller/level-board.ts';
import { makeProducer } from '../../src/caller/producer.ts';
import { componentScope } from '../../src/caller/scopes.ts';
import { decodeFrame } from '../../src/codec/decode.ts';
import { DICTIONARY_FORMAT } from '../../src/codec/layout.ts';
import { thisProcess } from '../../src/common/process/process-identity.ts';
import { OUTBOX_FORMAT } from '../../src/delivery/outbox.ts';
import { allocatorOf } from '../../src/memory/allocator.ts';
import { openBlock } from '../../src/memory/block.ts';
import { isMissing, type Libc, libc } from '../../src/memory/mapped/libc.ts';
import { openOwn } from '../../src/memory/mapped/mapped-file.ts';
import { makeRunFolder, tablePath } from '../../src/memory/mapped/run-folder.ts';
import { RUN_TABLE_BYTES, RunTable } from '../../src/memory/mapped/run-table.ts';
import { allocateRun, lastAuditSequence } from '../../src/memory/run.ts';
import { allocateSignals } from '../../src/memory/signals.ts';
import { LaneSource } from '../../src/read/lane-source.ts';
import { LANES, type Lane, VOID_EVENT } from '../../src/record.ts';
import { DeadRun } from '../../src/recovery/dead-run.ts';
import { voidEvents } from '../../src/recovery/void-numbers.ts';
import { NO_REDACTION } from '../../src/redaction/redaction.ts';
import { accountOf } from '../../src/ring/account.ts';
import { FORMAT_VERSION, WORD_HEAD } from '../../src/ring/layout.ts';
import { SERIES_FORMAT } from '../../src/series/layout.ts';
import { temporaryFolder } from '../support/child.ts';

const loaded = libc();
if (isMissing(loaded)) throw new Error(loaded.missing);
const calls: Libc = loaded;

const ROUTES = { maskFor: () => 1, maskForAny: () => 1 };
const CLOCK = { offsetNanos: 0n };
const SCOPE = componentScope('a');

function open(folder: string) {
  const identity = { process: thisProcess(), madeMillis: 1, service: '/a', resource: { 'service.instance.id': 'i' } };
  const { folder: run, address } = makeRunFolder(calls, folder, identity, 'a');
  const allocator = allocatorOf({ in: 'mapped', folder: run, address });
  const signals = allocateSignals();
  const runBlock = allocateRun(allocator, 'i');
  const producer = makeProducer({
    settings: {
      ringBytes: 65_536,
      shares: [1, 1, 1, 1, 1, 1],
      batchSize: 100,
      disabled: false,
      metrics: [],
      cardinalityLimit: 10,
      exemplars: 'always_off',
      sampling: [],
      blackBox: { records: 0 },
    },
    allocator,
    signals,
    run: runBlock,
    levels: new LevelBoard(signals, { level: 'trace', levels: {} }),
    redaction: NO_REDACTION,
    writeThrough: () => true,
    onSeries: () => {},
    onMetricProblem: () => {},
  });
  const sources = Object.fromEntries(
    LANES.map((lane) => [lane, new LaneSource(producer.memory, lane, ROUTES, CLOCK, 128)]),
  ) as Record<Lane, LaneSource>;
  return { run, producer, logger: producer.logger(SCOPE), sources, runBlock };
}

function read(source: LaneSource): string[] {
  const found: string[] = [];
  while (source.scan() > 0) {
    for (let i = 0; i < source.count; i++) {
      const { body, level } = decodeFrame(source, source.frames[i]!, source.decodeContext());
      // Marks of losses are warnings; they are no records.
      if (level === 'info') found.push(String(body));
    }
    source.release();
  }
  return found;
}

/** As another process finds it. */
function findDead(run: string): DeadRun {
  const { fd } = openOwn(tablePath(run));
  return new DeadRun(calls, run, new RunTable(calls.view(calls.map(fd, RUN_TABLE_BYTES), RUN_TABLE_BYTES)), fd);
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('logs' as const), text: fc.string({ maxLength: 300 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('audit' as const), text: fc.string({ maxLength: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), lane: fc.constantFrom(...LANES) }) },
);

test('a dead ring gives what was accepted and not released, in order, under its numbers, and the number of a call that was cut off', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.boolean(), (steps, isCutOff) => {
      using folder = temporaryFolder();
      const { run, producer, logger, sources, runBlock } = open(folder.path);
      const model: Record<Lane, string[]> = { logs: [], audit: [] };
      const accepted = (lane: Lane) => accountOf(openBlock(producer.memory[lane].ring).memory).accepted;
      let numbers = 0;
      for (const each of steps) {
        if (each.kind === 'read') {
          expect(read(sources[each.lane])).toEqual(model[each.lane]);
          model[each.lane] = [];
          continue;
        }
        const before = accepted(each.kind);
        if (each.kind === 'logs') logger.info(each.text);
        else logger.audit(each.text, {});
        if (accepted(each.kind) === before) continue;
        model[each.kind].push(each.text);
        if (each.kind === 'audit') numbers++;
      }
      const control = openBlock(producer.memory.audit.ring).words;
      const head = control[WORD_HEAD]!;
      const before = accepted('audit');
      if (isCutOff) {
        logger.audit('cut off', {});
        // Everything but the last store. A frame that found no room behind the head stands at the start, and the head with it.
        if (accepted('audit') > before) control[WORD_HEAD] = control[WORD_HEAD]! > head ? head : 0;
      }
      const wasCutOff = accepted('audit') > before;
      const dead = findDead(run);
      const found = Object.fromEntries(
        dead.lanes.map(({ producer: left, lane, remains }) => {
          expect(remains.records).toBe(model[lane].length);
          if (lane === 'audit') expect(remains.cutOff?.number).toBe(wasCutOff ? numbers + 1 : undefined);
          return [lane, read(new LaneSource(left, lane, ROUTES, CLOCK, 128))];
        }),
      );
      expect(found).toEqual(model);
      expect(dead.lastAuditNumber).toBe(lastAuditSequence(runBlock));
      dead.close();
    }),
    { numRuns: 60 },
  );
});

test('in place of numbers that were cut off stand events that say so', () => {
  const memory = voidEvents('void', [7, 9], { readClock: () => 5n, scope: SCOPE });
  const source = new LaneSource(memory, 'audit', ROUTES, CLOCK, 128);
  source.scan();
  const events = Array.from(source.frames.subarray(0, source.count), (frame) =>
    decodeFrame(source, frame, source.decodeContext()),
  );
  expect(events.map(({ sequence, body, timeUnixNanos }) => ({ sequence, body, timeUnixNanos }))).toEqual([
    { sequence: 7, body: VOID_EVENT, timeUnixNanos: 5n },
    { sequence: 9, body: VOID_EVENT, timeUnixNanos: 5n },
  ]);
  source.release();
  expect(source.finished).toBe(true);
});

test('memory that no producer has laid out yet is no damage: its thread was killed before it wrote anything', () => {
  using folder = temporaryFolder();
  const { run, logger } = open(folder.path);
  logger.info('x');
  const allocator = allocatorOf({ in: 'mapped', folder: run, address: calls.map(openOwn(tablePath(run)).fd, RUN_TABLE_BYTES) });
  for (const lane of LANES) {
    allocator.allocate({ kind: 'ring', format: FORMAT_VERSION, bytes: 65_536, owner: '9-1-late', lane });
    allocator.allocate({ kind: 'dictionary', format: DICTIONARY_FORMAT, bytes: 65_536, owner: '9-1-late', lane });
  }
  allocator.allocate({ kind: 'outbox', format: OUTBOX_FORMAT, bytes: 65_536, owner: 'file' });
  allocator.allocate({ kind: 'series', format: SERIES_FORMAT, bytes: 65_536, owner: '9-1-late' });
  const dead = findDead(run);
  expect(dead.lanes.map(({ lane, remains }) => [lane, remains.records])).toEqual([
    ['logs', 1],
    ['audit', 0],
  ]);
  expect(dead.outboxes).toEqual([]);
  dead.close();
});
