import { mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { BackendHealth, LoggingConfig } from '../../src/index.ts';
import { createLogging } from '../../src/index.ts';
import { smallDisk } from '../backends/file-support.ts';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { program } from './support/programs.ts';
import { until } from './support/until.ts';

const MIB = 1_048_576;

function open(folder: string, config: LoggingConfig = {}) {
  const logging = createLogging({
    level: 'debug',
    handleExits: false,
    ...config,
    backends: {
      file: { path: join(folder, 'app.jsonl'), level: 'debug', bufferBytes: MIB },
      audit: { path: join(folder, 'audit.jsonl'), rotation: 'none' },
    },
  });
  onTestFinished(async () => void (await logging.shutdown({ timeoutMillis: 500 })));
  const log = logging.getLogger('disk');
  const state = (name: 'file' | 'audit'): BackendHealth => logging.health().backends[name];
  const inTrouble = () =>
    until(
      () => state('file').state !== 'ok' && state('audit').state !== 'ok',
      () => logging.health(),
    );
  return { logging, log, state, inTrouble };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Leaves some kilobytes of a disk free. */
function fill(disk: string): () => void {
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, '');
  try {
    for (;;) writeFileSync(ballast, Buffer.alloc(4_096), { flag: 'a' });
  } catch {
    return () => unlinkSync(ballast);
  }
}

describe('a full disk', () => {
  test('what its queues can hold is kept, and written when there is room again', async (context) => {
    const disk = smallDisk(8 * MIB);
    if (disk === undefined) return context.skip('mounting is not permitted');
    onTestFinished(() => disk.remove());
    const { logging, log, state, inTrouble } = open(disk.path);
    const free = fill(disk.path);
    for (let n = 1; n <= 1_000; n++) {
      log.info('tick', { n });
      log.audit('ticked', { n });
    }
    await inTrouble();
    expect(state('file').lastError).toMatch(/ENOSPC.*The disk is full: free space/);
    expect(state('audit').lastError).toMatch(/ENOSPC.*The disk is full: free space, or keep fewer rotated log files/);
    expect(await logging.flush({ timeoutMillis: 100 })).toMatchObject({ complete: false });
    free();
    expect(await logging.flush({ timeoutMillis: 60_000 })).toMatchObject({ complete: true, pending: 0 });
    expect(state('file')).toMatchObject({ state: 'ok', taken: 1_000, delivered: 1_000, droppedTotal: 0 });
    expect(state('audit')).toMatchObject({ state: 'ok', taken: 1_000, delivered: 1_000, droppedTotal: 0 });
    expect(jsonLinesIn(disk.path, 'app').map(({ n }) => n)).toEqual(upTo(1_000));
    expect(jsonLinesIn(disk.path, 'audit').map(({ audit_seq, n }) => [audit_seq, n])).toEqual(upTo(1_000).map((n) => [n, n]));
  });

  test('what they cannot hold is counted, to the record, audit events too', async (context) => {
    const disk = smallDisk(32 * MIB);
    if (disk === undefined) return context.skip('mounting is not permitted');
    onTestFinished(() => disk.remove());
    const { logging, log, state, inTrouble } = open(disk.path, { ringBufferSize: 1_000 });
    const free = fill(disk.path);
    let produced = 0;
    const text = 'x'.repeat(400);
    const some = () => {
      for (let i = 0; i < 200; i++) {
        log.info('tick', { n: ++produced, text });
        log.audit('ticked', { n: produced, text });
      }
    };
    some();
    await inTrouble();
    // Until queues and rings are full, and beyond.
    while (state('file').droppedTotal < 2_000 || logging.health().audit.writtenThrough < 2_000) {
      some();
      await sleep(2);
    }
    free();
    expect(await logging.flush({ timeoutMillis: 60_000 })).toMatchObject({ complete: true });
    some(); // and goes on
    expect(await logging.flush({ timeoutMillis: 60_000 })).toMatchObject({ complete: true, pending: 0 });
    const { lanes } = logging.health();
    const file = state('file');
    expect(file.state).toBe('ok');
    expect(file.taken).toBe(file.delivered + file.droppedTotal);
    const lines = jsonLinesIn(disk.path, 'app');
    const numbers = lines.map(({ n }) => n).filter((n) => n !== undefined);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBe(file.delivered);
    expect(file.taken).toBe(lanes.logs.accepted);
    // All else are marks, and these tell of every loss.
    const marks = lines.filter(({ n }) => n === undefined);
    expect(marks.every(({ logger }) => logger === 'hft-otel')).toBe(true);
    expect(marks.reduce((sum, { lost }) => sum + (lost as number), 0)).toBe(file.droppedTotal + lanes.logs.droppedTotal);
    expect(lanes.logs.accepted + lanes.logs.droppedTotal).toBe(produced);
    const audit = state('audit');
    const events = jsonLinesIn(disk.path, 'audit').map(({ audit_seq }) => audit_seq as number);
    expect(new Set(events).size).toBe(events.length);
    expect(lanes.audit.droppedTotal).toBe(0);
    expect(audit.dropped).toEqual({ failed: audit.droppedTotal });
    expect(audit.taken).toBe(produced);
    expect(events.length + audit.droppedTotal).toBe(produced);
    expect(logging.health().audit.lastSequence).toBe(produced);
  });
});

describe('a directory', () => {
  test('removed while running: made again, and what comes from then on is in it', async () => {
    using folder = temporaryFolder();
    const inner = join(folder.path, 'logs');
    mkdirSync(inner);
    const { logging, log, state } = open(inner);
    for (let round = 1; round <= 3; round++) {
      log.info('tick', { n: round });
      log.audit('ticked', { n: round });
      expect(await logging.flush()).toMatchObject({ complete: true });
      expect(jsonLinesIn(inner, 'app').map(({ n }) => n)).toEqual([round]);
      expect(jsonLinesIn(inner, 'audit').map(({ n }) => n)).toEqual([round]);
      rmSync(inner, { recursive: true });
    }
    expect(state('file')).toMatchObject({ state: 'ok', delivered: 3, droppedTotal: 0 });
    expect(state('audit')).toMatchObject({ state: 'ok', delivered: 3, droppedTotal: 0 });
  });

  test('replaced by a file: said, nothing lost, and recovered when it is one again', async () => {
    using folder = temporaryFolder();
    const inner = join(folder.path, 'logs');
    mkdirSync(inner);
    const { logging, log, state, inTrouble } = open(inner);
    log.info('tick', { n: 1 });
    log.audit('ticked', { n: 1 });
    await logging.flush();
    renameSync(inner, join(folder.path, 'away'));
    writeFileSync(inner, 'in the way');
    for (let n = 2; n <= 100; n++) {
      log.info('tick', { n });
      log.audit('ticked', { n });
    }
    await inTrouble();
    expect(state('file').lastError).toMatch(/ENOTDIR|EEXIST/);
    expect(readFileSync(inner, 'utf8')).toBe('in the way');
    unlinkSync(inner);
    expect(await logging.flush({ timeoutMillis: 60_000 })).toMatchObject({ complete: true });
    expect(jsonLinesIn(inner, 'app').map(({ n }) => n)).toEqual(upTo(100).slice(1));
    expect(jsonLinesIn(inner, 'audit').map(({ n }) => n)).toEqual(upTo(100).slice(1));
    expect(state('file')).toMatchObject({ state: 'ok', delivered: 100, droppedTotal: 0 });
  });
});

test('permission lost while running: said, nothing lost, and recovered when it is given back', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root, to become nobody and root again');
  using folder = temporaryFolder();
  const result = await runProgram(program('permission.ts'), [folder.path], { timeoutMillis: 90_000 });
  expect(result.code, result.stderr).toBe(0);
  const { refused, report, backends } = JSON.parse(result.stdout);
  expect(refused.file).toMatch(/EACCES.*Give the process permission/);
  expect(refused.audit).toMatch(/EACCES.*Give the process permission/);
  expect(report).toMatchObject({ complete: true, pending: 0 });
  expect(backends.file).toMatchObject({ state: 'ok', delivered: 200, droppedTotal: 0 });
  expect(backends.audit).toMatchObject({ state: 'ok', delivered: 200, droppedTotal: 0 });
  expect(jsonLinesIn(folder.path, 'app').map(({ n }) => n)).toEqual(upTo(200).slice(100));
  expect(jsonLinesIn(folder.path, 'audit').map(({ n }) => n)).toEqual(upTo(200).slice(100));
});
