/**
 * An audit event that no backend takes is said aloud, once; where a rule leads it nowhere on purpose, nobody is told.
 */
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLogging, type LoggingConfig } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';

function listen(): string[] {
  const heard: string[] = [];
  const hear = (warning: Error) => void (warning.name === 'HftOtelWarning' && heard.push(warning.message));
  process.on('warning', hear);
  onTestFinished(() => void process.off('warning', hear));
  return heard;
}

/** What an instance has to say when two loggers have written one event each. */
async function auditTwice(config: LoggingConfig): Promise<readonly string[]> {
  const logging = createLogging({ environment: 'production', handleExits: false, ...config });
  logging.getLogger('gateway').audit('order_placed', { qty: 1 });
  logging.getLogger('strategy').audit('order_placed', { qty: 1 });
  await logging.shutdown();
  return logging.health().warnings;
}

test('an audit event that no backend takes is said aloud, once, with what to do', { timeout: 30_000 }, async () => {
  using folder = temporaryFolder();
  const heard = listen();
  const file = { path: `${folder.path}/app.jsonl` };
  const warnings = await auditTwice({ backends: { file } });
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  expect(heard[0]).toMatch(/^Audit events of the logger "gateway" go nowhere: .*Enable backends\.audit/);
  expect(warnings).toContain(heard[0]);

  expect((await auditTwice({ backends: { file }, routes: [{ when: { type: 'audit' }, to: [] }] })).join()).not.toMatch(/logger/);
  expect((await auditTwice({ backends: { file, memory: {} } })).join()).not.toMatch(/logger/);
});
