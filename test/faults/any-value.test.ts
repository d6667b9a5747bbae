import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { SEED } from '../support/seed.ts';
import { program } from './support/programs.ts';

/** HFT_TEST_ANY_RUNS=5000 HFT_SEED=… for a long run, or one again. */
const RUNS = process.env.HFT_TEST_ANY_RUNS ?? '150';

/** Every line of the files that start with `prefix`, as bytes say it: UTF-8 without exception. */
function linesIn(folder: string, prefix: string): string[] {
  const strict = new TextDecoder('utf-8', { fatal: true });
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && !name.endsWith('.checkpoints'))
    .sort()
    .flatMap((name) => {
      const text = strict.decode(readFileSync(join(folder, name)));
      expect(text.endsWith('\n')).toBe(true);
      return text.slice(0, -1).split('\n');
    });
}

const COLOUR = /\u001b\[[0-9;]*m/g;

/** What a terminal would act on, or what turns the order of a line around. */
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test.each(['plain', 'coloured'])(
  `anything whatever, everywhere, seed ${SEED}: no throw, one valid line for each record at every destination, a %s console unharmed`,
  async (colours) => {
    using folder = temporaryFolder();
    const server = closeAfterTest(await startOtlpServer());
    const result = await runProgram(program('any-value.ts'), [folder.path, server.logsUrl, colours, String(SEED), RUNS], {
      timeoutMillis: 570_000,
    });
    expect(result.code, result.stderr).toBe(0);
    const { logs, audits, thrown, report, health } = JSON.parse(readFileSync(join(folder.path, 'account.json'), 'utf8'));
    expect(thrown).toEqual([]);
    expect(report.complete, JSON.stringify({ report, health })).toBe(true);
    expect(health.worker.restarts).toBe(0);
    expect(health.lanes.logs.droppedTotal + health.lanes.audit.droppedTotal).toBe(0);
    for (const { droppedTotal, lastError } of Object.values<{ droppedTotal: number; lastError?: string }>(health.backends))
      expect(droppedTotal, lastError).toBe(0);

    const records = linesIn(folder.path, 'app').map((line) => JSON.parse(line));
    expect(records.map(({ seq }) => seq)).toEqual(upTo(logs));
    const events = linesIn(folder.path, 'audit').map((line) => JSON.parse(line));
    expect(events.map(({ audit_seq }) => audit_seq)).toEqual(upTo(audits));
    expect(server.undecodable).toEqual([]);
    // Copies of the trail's checkpoints are records of the collector's, and none of the program's.
    expect(server.received.filter(({ eventName }) => eventName !== 'hft.audit.checkpoint').length).toBe(logs + audits);

    const shown = colours === 'coloured' ? result.stdout.replace(COLOUR, '') : result.stdout;
    expect(HARMFUL.exec(shown)).toBe(null);
    const lines = shown.slice(0, -1).split('\n');
    expect(lines.filter((line) => !line.startsWith(' ')).length).toBe(logs);
  },
  600_000,
);
