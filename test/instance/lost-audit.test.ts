/**
 * An audit event that no backend takes is reported once by a process warning; where a rule leads it nowhere on purpose, there is no warning.
 */
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLogging, type LoggingConfig } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';

function listen(): string[] {
  const emitted: string[] = [];
  const collect = (warning: Error) => void (warning.name === 'HftOtelWarning' && emitted.push(warning.message));
  process.on('warning', collect);
  onTestFinished(() => void process.off('warning', collect));
  return emitted;
}

/** What an instance has to say when two loggers have written one event each. */
async function auditTwice(config: LoggingConfig): Promise<readonly string[]> {
  const logging = createLogging({ environment: 'production', handleExits: false, ...config });
  logging.getLogger('gateway').audit('order_placed', { qty: 1 });
  logging.getLogger('strategy').audit('order_placed', { qty: 1 });
  await logging.shutdown();
  return logging.health().warnings;
}

test('an audit event that no backend takes is reported once by a process warning, with what to do', {
  timeout: 30_000,
}, async () => {
  using folder = temporaryFolder();
  const emitted = listen();
  const file = { path: `${folder.path}/app.jsonl` };
  const warnings = await auditTwice({ backends: { file } });
  await vi.waitFor(() => expect(emitted).toHaveLength(1));
  expect(emitted[0]).toMatch(/^Audit events of the logger "gateway" go nowhere: .*Enable backends\.audit/);
  expect(warnings).toContain(emitted[0]);

  expect((await auditTwice({ backends: { file }, routes: [{ when: { type: 'audit' }, to: [] }] })).join()).not.toMatch(/logger/);
  expect((await auditTwice({ backends: { file, memory: {} } })).join()).not.toMatch(/logger/);
});
