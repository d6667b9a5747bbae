/** What a killed process had kept below the level that is written: the last records of each thread are delivered, where errors go. */
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';
import { randomOf } from '../support/random.ts';
import { SEED } from '../support/seed.ts';
import { start } from './kill.ts';

const KILLS = Number(process.env.HFT_KILLS ?? 2);
const random = randomOf(SEED);
const cases = Array.from({ length: KILLS }, (_, i) => ({
  records: [20, 3_000][i % 2]!,
  threads: 1 + (i % 2),
  millis: Math.floor(random() * 150),
}));

async function killBoxed(folder: string, { records, threads, millis }: (typeof cases)[number]): Promise<Float64Array> {
  writeFileSync(join(folder, 'counts'), Buffer.alloc(threads * 8));
  const child = start('boxed.ts', { folder, threads, records });
  await once(child.stdout!, 'data');
  await sleep(millis);
  child.kill('SIGKILL');
  await once(child, 'close');
  const bytes = readFileSync(join(folder, 'counts'));
  return new Float64Array(bytes.buffer, bytes.byteOffset, threads);
}

const linesIn = (folder: string) =>
  readFileSync(join(folder, 'app.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test.each(cases)('$records records of each of $threads threads, killed after $millis ms', async (killing) => {
  using folder = temporaryFolder();
  const called = await killBoxed(folder.path, killing);
  const logging = createLogging({
    service: { name: 'killed' },
    handleExits: false,
    diagnosticLevel: 'none',
    persistence: { enabled: true, directory: join(folder.path, 'runs') },
    backends: { file: { path: join(folder.path, 'app.jsonl'), format: 'json', level: 'warning' } },
  });
  await logging.recovered;
  await logging.shutdown();
  const lines = linesIn(folder.path);
  called.forEach((count, thread) => {
    const own = lines.filter((line) => line.thread === thread);
    const numbers = own.map(({ n }) => n);
    // The call that was under way may have been the last one.
    const end = numbers.at(-1) === count ? count + 1 : count;
    const oldest = Math.max(0, end - killing.records);
    // That call may have given up the oldest one for its place.
    const first = end >= killing.records && numbers[0] === oldest + 1 ? oldest + 1 : oldest;
    expect(numbers).toEqual(Array.from({ length: end - first }, (_, i) => first + i));
    expect(own.every((line) => line.level === 'debug' && line['hft.black_box'] === true)).toBe(true);
    for (const { msg, n } of own) expect(msg).toBe(n % 7 === 0 ? `order ${n}` : 'quote');
  });
  const { runs, logs, blackBox, damaged } = logging.health().memory.recovered;
  const kept = lines.filter((line) => line['hft.black_box'] === true).length;
  expect({ runs, logs, blackBox, damaged }).toEqual({ runs: kept === 0 ? 0 : 1, logs: kept, blackBox: kept, damaged: 0 });
  expect(readdirSync(join(folder.path, 'runs'))).toEqual([]);
});

test('hft-otel recover delivers it, and says how many', async () => {
  using folder = temporaryFolder();
  await killBoxed(folder.path, { records: 50, threads: 1, millis: 100 });
  const config = join(folder.path, 'hft.json');
  const backends = { file: { path: join(folder.path, 'app.jsonl'), format: 'json', level: 'warning' } };
  writeFileSync(config, JSON.stringify({ service: { name: 'killed' }, backends }));
  const command = join(import.meta.dirname, '../../src/cli/main.ts');
  const { stdout, code } = await runProgram(command, ['recover', join(folder.path, 'runs'), '--config', config]);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining('50 of the log records were kept by black boxes'),
  });
  expect(linesIn(folder.path).filter((line) => line['hft.black_box'] === true)).toHaveLength(50);
});
