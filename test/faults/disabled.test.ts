import { expect, test, vi } from 'vitest';
import { configureLogging, getLogger, resetLogging } from '../../src/index.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';
import { program } from './support/programs.ts';

const NO_RECORDS = {
  accepted: 0,
  pending: 0,
  dropped: {},
  droppedTotal: 0,
  sampledOut: {},
  unrouted: {},
  unroutedTotal: 0,
  ringFill: 0,
  ringHighWater: 0,
};

test('OTEL_SDK_DISABLED: every call is a no-op that reads nothing, no worker is started, no file made, and every question is answered', async () => {
  using folder = temporaryFolder();
  const result = await runProgram(program('disabled.ts'), [folder.path], { env: { OTEL_SDK_DISABLED: 'true' } });
  expect(result.code, result.stderr).toBe(0);
  expect(JSON.parse(result.stdout)).toEqual({
    read: 0,
    timed: true,
    enabled: false,
    files: [],
    workers: 0,
    handlers: 0,
    health: {
      memory: {
        kind: 'shared',
        recovered: {
          audit: 0,
          blackBox: 0,
          damaged: 0,
          encoded: 0,
          logs: 0,
          runs: 0,
          undeliverable: 0,
          unrouted: 0,
          waiting: 0,
        },
      },
      worker: { state: 'stopped', restarts: 0 },
      lanes: { logs: NO_RECORDS, audit: NO_RECORDS },
      audit: { lastSequence: 0, writtenThrough: 0 },
      backends: {},
      metrics: { rejected: {}, overflowed: 0, overflowedSeries: 0 },
      warnings: ['OTEL_SDK_DISABLED is true: nothing is recorded, audit events included.'],
    },
    snapshot: [],
    memory: [],
    explanation: 'OTEL_SDK_DISABLED is true: nothing is recorded.',
    flushed: { complete: true, pending: 0, elapsedMillis: 0 },
    processed: true,
    ended: { complete: true, pending: 0, elapsedMillis: 0 },
  });
});

test('anything but true, in any case, disables nothing', async () => {
  using folder = temporaryFolder();
  const result = await runProgram('exits.ts', [folder.path, 'end', '10'], { env: { OTEL_SDK_DISABLED: 'yes' } });
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain('OTEL_SDK_DISABLED is ignored');
});

test('a logger that was called while OpenTelemetry was switched off writes from the next configuration on', async () => {
  const logger = getLogger('app');
  try {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    configureLogging();
    logger.info('off');
    logger.audit('off', {});
    expect(logger.isEnabled('info')).toBe(false);
    vi.stubEnv('OTEL_SDK_DISABLED', 'false');
    const logging = configureLogging({ backends: { memory: {} } });
    logger.info('on');
    logger.audit('on', {});
    expect(logger.isEnabled('info')).toBe(true);
    await logging.flush();
    expect(logging.memory.map(({ body }) => body)).toEqual(['on', 'on']);
  } finally {
    vi.unstubAllEnvs();
    await resetLogging();
  }
});
