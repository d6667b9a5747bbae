/**
 * A3: more records in one tick than rings and queues hold, through a real worker, into a file and to a slow collector. HFT_TEST_FLOOD=2000000 for the long run.
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { BackendHealth, LaneHealth, Level } from '../../src/index.ts';
import { createLogging } from '../../src/index.ts';
import { LEVELS } from '../../src/record.ts';
import { CHECKPOINT_EVENT } from '../../src/worker/backends/checkpoint-copies.ts';
import { temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

const CALLS = Number(process.env.HFT_TEST_FLOOD ?? 60_000);
const SEVERITIES = new Map(LEVELS.map((level, rank) => [1 + rank * 4, level]));

/** What arrived: records by level, and what marks tell by level, of rings and of what is behind them. */
class Arrivals {
  readonly records: Record<string, number> = Object.fromEntries(LEVELS.map((level) => [level, 0]));
  readonly told: Record<string, number> = Object.fromEntries(LEVELS.map((level) => [level, 0]));

  add(logger: string, level: string, attributes: Readonly<Record<string, unknown>>): void {
    if (logger !== 'hft-otel') this.records[level]!++;
    else if (attributes.lane === 'logs')
      for (const each of LEVELS) this.told[each]! += Number(attributes[each] ?? attributes[`${each}_`] ?? 0);
  }
}

function expectExact(
  calls: Readonly<Record<string, number>>,
  ring: LaneHealth,
  backend: BackendHealth,
  arrivals: Arrivals,
): void {
  const sum = (counts: Readonly<Record<string, number>> = {}) => Object.values(counts).reduce((total, count) => total + count, 0);
  for (const level of LEVELS) {
    const lost = sum(ring.dropped[level]) + sum(backend.droppedByLane.logs?.[level]);
    expect(arrivals.records[level]! + lost, level).toBe(calls[level]);
    expect(arrivals.told[level], level).toBe(lost);
  }
  expect(backend.taken).toBe(backend.delivered + backend.droppedTotal);
  expect(sum(arrivals.records)).toBe(backend.delivered);
  // The less severe is dropped first; error and fatal have equal shares.
  const shares = LEVELS.filter((level) => level !== 'fatal').map((level) => arrivals.records[level]! / calls[level]!);
  expect(shares).toEqual([...shares].sort((left, right) => left - right));
}

test.each([
  ['queues in memory', undefined],
  ['a spool that is soon full', 1_048_576],
  ['a spool', 268_435_456],
])(
  `${CALLS} records of all levels in one tick, %s: calls = lines + counted for each level, marks tell of every loss, and no audit event is lost`,
  {
    timeout: 590_000,
  },
  async (_, spoolBytes) => {
    using folder = temporaryFolder();
    const server = await startOtlpServer();
    server.answerAlways({ kind: 'ok', delayMillis: 30 });
    const path = join(folder.path, 'app.jsonl');
    const logging = createLogging({
      level: 'trace',
      ringBufferSize: 20_000,
      backends: {
        file: { path, level: 'trace', bufferBytes: 131_072 },
        audit: { path: join(folder.path, 'audit.jsonl') },
        otlp: {
          logsEndpoint: `${server.url}/v1/logs`,
          level: 'trace',
          queueBytes: 1_048_576,
          maxRequestBytes: 131_072,
          concurrency: 1,
          ...(spoolBytes !== undefined && { spool: { directory: join(folder.path, 'spool'), maxBytes: spoolBytes } }),
        },
      },
    });
    await logging.ready;
    const log = logging.getLogger('flood');
    const calls: Record<string, number> = Object.fromEntries(LEVELS.map((level) => [level, 0]));
    const audits = 1_000;
    for (let i = 0; i < CALLS; i++) {
      const level: Level = LEVELS[i % LEVELS.length]!;
      calls[level]!++;
      log[level]('order placed', { i, symbol: 'BTCUSDT', price: 64_000.5 });
      if (i % Math.floor(CALLS / audits) === 0 && i / Math.floor(CALLS / audits) < audits) log.audit('order_placed', { i });
    }
    expect(await logging.flush({ timeoutMillis: 500_000 })).toMatchObject({ complete: true, pending: 0 });
    // A flush after the flood: marks of what the first one still lost.
    expect(await logging.flush({ timeoutMillis: 60_000 })).toMatchObject({ complete: true });
    const { lanes, backends } = logging.health();
    await logging.shutdown();

    const inFile = new Arrivals();
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const record = JSON.parse(line) as Record<string, unknown>;
      inFile.add(record.logger as string, record.level as string, record);
    }
    expectExact(calls, lanes.logs, backends.file!, inFile);

    const atCollector = new Arrivals();
    const logs = server.received.filter(({ attributes }) => attributes['hft.audit'] !== true);
    for (const { scope, severityNumber, attributes } of logs)
      atCollector.add(scope.name, SEVERITIES.get(severityNumber)!, attributes);
    // Copies of checkpoints arrive beside the events, and count as no calls.
    const copies = server.received.filter(({ eventName }) => eventName === CHECKPOINT_EVENT);
    expect(server.received.length - logs.length - copies.length).toBe(audits);
    const { audit, ...ofLogs } = backends.otlp!.droppedByLane;
    expect(audit).toBeUndefined();
    expectExact(
      calls,
      lanes.logs,
      {
        ...backends.otlp!,
        droppedByLane: ofLogs,
        taken: backends.otlp!.taken - audits,
        delivered: backends.otlp!.delivered - audits,
      },
      atCollector,
    );
    if (process.env.HFT_TEST_FLOOD !== undefined) {
      console.log(JSON.stringify({ calls: CALLS, ring: lanes.logs.dropped, file: backends.file, otlp: backends.otlp }));
    }
    await server.stop();
  },
);
