/** An exit whose time is over, with rings that outlive the process. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OtlpConfig } from '../../src/config/types.ts';
import { createLogging, type LoggingConfig } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { outputOf, start } from './kill.ts';

const EVENTS = 300;
const EXPECTED = Array.from({ length: EVENTS }, (_, n) => n);

const eventsIn = (folder: string) => jsonLinesIn(folder, 'audit').filter(({ event }) => event === 'order_placed');

function settingsIn(folder: string, otlp: OtlpConfig): LoggingConfig {
  return {
    service: { name: 'hurried' },
    diagnosticLevel: 'none',
    exitTimeoutMillis: 0,
    persistence: { enabled: true, directory: join(folder, 'runs') },
    backends: { audit: { path: join(folder, 'audit.jsonl'), rotation: 'none' }, otlp },
  };
}

describe.each(['main', 'other'] as const)('audit events in the rings of the %s thread', (thread) => {
  test('are left to the next start where OTLP takes them too, and it delivers them to both', async () => {
    using folder = temporaryFolder();
    const server = await startOtlpServer();
    server.answerAlways({ kind: 'status', status: 503 });
    const config = settingsIn(folder.path, { endpoint: server.url });
    await outputOf(start('hurried.ts', { config, events: EVENTS, thread }));
    expect(server.received).toEqual([]);
    expect(readdirSync(join(folder.path, 'runs'))).toHaveLength(1);
    server.answerAlways({ kind: 'ok' });
    const logging = createLogging({ ...config, exitTimeoutMillis: 5_000, handleExits: false });
    await logging.recovered;
    await logging.shutdown();
    await server.stop();
    const sent = server.received.filter(({ body }) => body === 'order_placed').map(({ attributes }) => Number(attributes.n));
    expect([...new Set(sent)].sort((a, b) => a - b)).toEqual(EXPECTED);
    const [first] = eventsIn(folder.path);
    const written = eventsIn(folder.path).filter(({ run }) => run === first.run);
    expect([...new Set(written.map(({ n }) => n as number))].sort((a, b) => a - b)).toEqual(EXPECTED);
    expect([...new Set(written.map(({ audit_seq }) => audit_seq))]).toHaveLength(EVENTS);
    expect(readdirSync(join(folder.path, 'runs'))).toEqual([]);
  });

  test('are written by the exit itself where nobody else takes them', async () => {
    using folder = temporaryFolder();
    const config = settingsIn(folder.path, { enabled: false });
    await outputOf(start('hurried.ts', { config, events: EVENTS, thread }));
    expect(eventsIn(folder.path).map(({ n }) => n)).toEqual(EXPECTED);
  });
});

test.each(['terminated', 'with the process'])(
  'what a thread has logged into an instance of its own is delivered by the next start when the thread ends %s',
  async (end) => {
    using folder = temporaryFolder();
    const settings = settingsIn(folder.path, { enabled: false });
    const path = join(folder.path, 'app.jsonl');
    const config = { ...settings, backends: { ...settings.backends, file: { path, format: 'json' } } } satisfies LoggingConfig;
    await outputOf(start('thread-instance.ts', { config, events: EVENTS, end }));
    expect(readdirSync(join(folder.path, 'runs'))).toHaveLength(1);
    const logging = createLogging({ ...config, exitTimeoutMillis: 5_000, handleExits: false });
    await logging.recovered;
    await logging.shutdown();
    const numbers = (lines: ReturnType<typeof jsonLinesIn>) =>
      [...new Set(lines.map(({ n }) => n as number))].sort((a, b) => a - b);
    expect(numbers(eventsIn(folder.path))).toEqual(EXPECTED);
    expect(numbers(jsonLinesIn(folder.path, 'app').filter(({ msg }) => msg === 'quote'))).toEqual(EXPECTED);
    expect(readdirSync(join(folder.path, 'runs'))).toEqual([]);
  },
);
