/** A worker hangs while thousands of records wait for a collector that is slow or away. Its successor sends each of them, or it has been counted. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogging, type Health } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';
import { type Answer, startOtlpServer } from '../support/otlp-server.ts';
import { until } from './support/until.ts';

const MIB = 1_048_576;
const LEVELS = ['debug', 'info', 'warning', 'error'] as const;

/** Records made before the worker hangs, which wait in the outbox or are on their way; and as many while it hangs, which wait in the ring. */
const RECORDS = 8_000;

interface Case {
  readonly what: string;
  /** What the collector does from before the first record until there is another worker. */
  readonly collector: Answer | 'away';
  readonly ringBufferSize: number;
  readonly queueBytes: number;
  /** Why records are lost. */
  readonly losses: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: 'a slow collector, and room for all: none is lost',
    collector: { kind: 'ok', delayMillis: 3_000 },
    ringBufferSize: 20_000,
    queueBytes: 16 * MIB,
    losses: [],
  },
  {
    what: 'no collector, and room for all: none is lost',
    collector: 'away',
    ringBufferSize: 20_000,
    queueBytes: 16 * MIB,
    losses: [],
  },
  {
    what: 'no collector, and a small ring: each is sent or counted',
    collector: 'away',
    ringBufferSize: 1_000,
    queueBytes: 16 * MIB,
    losses: ['ring_full'],
  },
  {
    what: 'a collector that refuses, and a small queue: each is sent or counted',
    collector: { kind: 'status', status: 503 },
    ringBufferSize: 20_000,
    queueBytes: MIB,
    losses: ['queue_full'],
  },
];

interface Account {
  readonly calls: number;
  /** Different records that the collector has received. */
  readonly arrived: number;
  readonly health: Health;
}

const folder = temporaryFolder();
let accounts: readonly Account[];

// Side by side: each waits for five seconds until the worker counts as hung.
beforeAll(async () => {
  accounts = await Promise.all(CASES.map(hangAndRecover));
}, 120_000);
afterAll(() => folder[Symbol.dispose]());

async function hangAndRecover({ collector, ringBufferSize, queueBytes }: Case, index: number): Promise<Account> {
  const server = await startOtlpServer();
  await using logging = createLogging({
    level: 'debug',
    handleExits: false,
    ringBufferSize,
    backends: {
      audit: { path: join(folder.path, `${index}.audit.jsonl`), rotation: 'none' },
      otlp: { logsEndpoint: server.logsUrl, queueBytes },
      hanging: { module: new URL('../process/programs/hanging.ts', import.meta.url) },
    },
    routes: [
      { when: { logger: 'hanger' }, to: ['hanging'], final: true },
      { when: { type: 'logs' }, to: ['otlp'], final: true },
    ],
  });
  await logging.ready;
  const log = logging.getLogger('app');
  let calls = 0;
  const makeRecords = async () => {
    for (const end = calls + RECORDS; calls < end; ) {
      log[LEVELS[calls % LEVELS.length]!]('order placed', { n: ++calls, symbol: 'BTCUSDT', side: 'BUY', price: 64_123.17 });
      if (calls % 500 === 0) await sleep(1);
    }
  };
  const health = () => logging.health();
  if (collector === 'away') await server.stop();
  else server.answerAlways(collector);

  await makeRecords();
  await until(() => health().lanes.logs.pending === 0, health);
  logging.getLogger('hanger').info('hang');
  await until(() => health().backends.hanging.taken === 1, health);
  await makeRecords();
  await until(() => health().worker.restarts === 1, health);
  if (collector === 'away') await server.restart();
  else server.answerAlways({ kind: 'ok' });
  expect(await logging.flush({ timeoutMillis: 60_000 })).toMatchObject({ complete: true, pending: 0 });
  expect(health().worker.lastError).toMatch(/hung/);

  await server.stop();
  const numbers = server.received.flatMap(({ attributes: { n } }) => (n === undefined ? [] : [Number(n)]));
  return { calls, arrived: new Set(numbers).size, health: health() };
}

test.each(CASES.map(({ what, losses }, index) => ({ what, losses, index })))(
  'a worker hangs in front of $what',
  ({ index, losses }) => {
    const { calls, arrived, health } = accounts[index]!;
    const { logs } = health.lanes;
    const otlp = health.backends.otlp!;
    expect([...(logs.droppedTotal > 0 ? ['ring_full'] : []), ...Object.keys(otlp.dropped)]).toEqual(losses);
    expect(arrived + logs.droppedTotal + otlp.droppedTotal, 'arrived + counted').toBe(calls);
    expect(otlp.taken).toBe(otlp.delivered + otlp.droppedTotal);
  },
);
