/** Instances that end before their destinations have taken everything, with no caller that reads a report. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createLogging, type Logging, type LoggingConfig } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { outputOf, start } from './kill.ts';
import type { ReplacedOptions } from './programs/replaced.ts';

const RECORDS = 300;
const EXPECTED = Array.from({ length: RECORDS }, (_, n) => n);

test.each(['mapped', 'shared'] as const)('with %s memory, what its destination has not taken is told of', async (memory) => {
  using folder = temporaryFolder();
  const server = closeAfterTest(await startOtlpServer());
  server.answerAlways({ kind: 'silence' });
  const runs = join(folder.path, 'runs');
  const common: LoggingConfig = {
    service: { name: 'replaced' },
    exitTimeoutMillis: 1_000,
    persistence: { enabled: memory === 'mapped', directory: runs },
  };
  const path = join(folder.path, 'app.jsonl');
  const first: LoggingConfig = { ...common, backends: { otlp: { endpoint: server.url, spool: { enabled: false } } } };
  const options: ReplacedOptions = {
    first,
    second: { ...common, exitTimeoutMillis: 30_000, backends: { file: { path } } },
    records: RECORDS,
  };
  const warnings = await outputOf(start('replaced.ts', options));
  expect(jsonLinesIn(folder.path, 'app').map(({ n }) => n)).toEqual([RECORDS]);
  expect(warnings).toContain(`${RECORDS} records undelivered`);
  expect(warnings).toContain('the end of a configuration that another one has replaced: otlp');
  if (memory === 'shared') return;

  // They are where the message says, though the last instance of the run has delivered all of its own.
  expect(warnings).toContain(`They are kept in ${join(runs, readdirSync(runs)[0]!)}`);
  server.answerAlways({ kind: 'ok' });
  const logging = createLogging({ ...first, exitTimeoutMillis: 5_000, handleExits: false });
  await logging.recovered;
  await logging.shutdown();
  const sent = server.received.filter(({ body }) => body === 'quote').map(({ attributes }) => Number(attributes.n));
  expect([...new Set(sent)].sort((a, b) => a - b)).toEqual(EXPECTED);
  expect(readdirSync(runs)).toEqual([]);
});

test('an instance that `await using` ends tells of it too, and the report of a shutdown has the number', async () => {
  const server = closeAfterTest(await startOtlpServer());
  server.answerAlways({ kind: 'silence' });
  const config: LoggingConfig = {
    exitTimeoutMillis: 500,
    diagnosticLevel: 'none',
    handleExits: false,
    backends: { otlp: { endpoint: server.url, spool: { enabled: false } } },
  };
  const log = (logging: Logging) => {
    for (let n = 0; n < 30; n++) logging.getLogger('gateway').info('quote', { n });
    return logging;
  };
  const logging = log(createLogging(config));
  await vi.waitFor(() => expect(logging.health().backends.otlp.taken).toBe(30), { timeout: 60_000 });
  await logging[Symbol.asyncDispose]();
  expect(logging.health().warnings.at(-1)).toMatch(/^30 records undelivered within 500 ms of the end of an instance: otlp \(30 /);
  const report = await log(createLogging(config)).shutdown();
  expect(report.complete).toBe(false);
  expect(report.pending + (report.dropped ?? 0)).toBe(30);
});
