/** Programs that end or shut down before their worker has begun: the ending thread delivers to files and streams itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, runReading, temporaryFolder } from '../support/child.ts';

const PROGRAM = 'without-worker.ts';
const ENDS = ['exit', 'shutdown'] as const;
/** Arguments of the program. */
const ending = (end: (typeof ENDS)[number], folder: string, lines: number, bytes: number, timeoutMillis = 20_000) => [
  folder,
  `${lines}`,
  `${bytes}`,
  `${timeoutMillis}`,
  'true',
  end,
];
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const parsed = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test.each(ENDS)('console, file and audit file get every record, in order, and the account closes: %s', async (end) => {
  using folder = temporaryFolder();
  const { code, stdout, stderr } = await runProgram(PROGRAM, ending(end, folder.path, 300, 10));
  expect(code, stderr).toBe(0);
  expect(parsed(stdout).map(({ i }) => i)).toEqual(upTo(300).flatMap((i) => [i, i]));
  expect(jsonLinesIn(folder.path, 'app').map(({ i }) => i)).toEqual(upTo(300));
  expect(jsonLinesIn(folder.path, 'audit').map(({ audit_seq }) => audit_seq)).toEqual(upTo(300));
  expect(JSON.parse(stderr)).toEqual({
    worker: end === 'exit' ? 'booting' : 'stopped',
    ...(end === 'shutdown' && { report: { complete: true, pending: 0, elapsedMillis: expect.any(Number) } }),
    backends: {
      console: { taken: 600, delivered: 600, dropped: {}, state: 'ok' },
      file: { taken: 300, delivered: 300, dropped: {}, state: 'ok' },
      audit: { taken: 300, delivered: 300, dropped: {}, state: 'ok' },
      prometheus: expect.anything(),
    },
  });
});

test.each(ENDS)('a reader that makes room late gets all of an output that no pipe holds at once: %s', async (end) => {
  using folder = temporaryFolder();
  const child = spawn(process.execPath, [
    join(import.meta.dirname, 'programs', PROGRAM),
    ...ending(end, folder.path, 2_000, 500),
  ]);
  // The output is a megabyte: the program has filled the pipe by then, or fills it later.
  await new Promise((resolve) => setTimeout(resolve, 300));
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(parsed(output).filter(({ msg }) => msg === 'tick')).toHaveLength(2_000);
});

test.each(ENDS)('a reader that has gone does not hold the end, and what it did not get is counted: %s', async (end) => {
  using folder = temporaryFolder();
  const child = spawn(process.execPath, [
    join(import.meta.dirname, 'programs', PROGRAM),
    ...ending(end, folder.path, 2_000, 500),
  ]);
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const [code] = await once(child, 'close');
  expect(code, said).toBe(0);
  expect(jsonLinesIn(folder.path, 'app')).toHaveLength(2_000);
  expect(JSON.parse(said.split('\n')[0]!).backends.console).toMatchObject({ state: 'failed', delivered: 0 });
});

test.each(ENDS)('a reader that takes a little at a time does not prolong the end beyond its time: %s', async (end) => {
  using folder = temporaryFolder();
  const program = join(import.meta.dirname, 'programs', PROGRAM);
  const child = spawn(process.execPath, [program, ...ending(end, folder.path, 2_000, 1_200, 300)]);
  let [output, said, hasEnded] = ['', '', false];
  child.stdout.on('data', (data) => {
    output += data;
    if (hasEnded) return;
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), 500);
  });
  child.stderr.on('data', (data) => {
    said += data;
  });
  child.on('exit', () => {
    hasEnded = true;
    child.stdout.resume();
  });
  const [code] = await once(child, 'close');
  expect(code, said).toBe(0);
  expect(jsonLinesIn(folder.path, 'app').map(({ i }) => i)).toEqual(upTo(2_000));
  if (end === 'exit') {
    expect(said).toMatch(/records undelivered within 300 ms of the exit: console/);
    expect(parsed(output).length).toBeLessThan(4_000);
    return;
  }
  const { report, backends } = JSON.parse(said.split('\n')[0]);
  expect(report).toMatchObject({ complete: false, pending: 0, dropped: backends.console.dropped.shutdown });
  const { taken, delivered, dropped } = backends.console;
  expect([taken, delivered + dropped.shutdown + (dropped.queue_full ?? 0)]).toEqual([4_000, 4_000]);
});

test.each([
  ['process.exit', { code: 3, signal: null }, 0],
  ['process.exit, with room again', { code: 3, signal: null }, 10],
  ['SIGTERM', { code: null, signal: 'SIGTERM' }, 0],
  ['a throw', { code: 1, signal: null }, 0],
  ['with room again', { code: 0, signal: null }, 10],
] as const)('while a shutdown waits for a file: %s', async (how, ended, lines) => {
  using folder = temporaryFolder();
  const { code, signal, stdout, stderr } = await runProgram('hindered-shutdown.ts', [folder.path, how]);
  expect({ code, signal }, stderr).toEqual(ended);
  expect(jsonLinesIn(folder.path, 'audit').map(({ i }) => i)).toEqual(upTo(10));
  if (lines === 0) expect(stderr).toMatch(/10 records undelivered within 300 ms of the exit: file \(10 pending/);
  else expect(jsonLinesIn(join(folder.path, 'logs'), 'app').map(({ i }) => i)).toEqual(upTo(lines));
  expect(stdout).toBe(code === 0 ? 'complete true\n' : '');
});

test('where exits are left alone, no thread takes over: the process stays until its worker is ready', async () => {
  using folder = temporaryFolder();
  const { code, stderr } = await runProgram(PROGRAM, [folder.path, '1', '10', '20000', 'false']);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stderr).worker).toBe('running');
});

test('what the program itself has printed and nobody has read yet keeps no line from the console', async () => {
  const file = join(import.meta.dirname, 'programs', 'printing-at-exit.ts');
  const { code, stdout, stderr } = await runReading(file, { lines: 300 }, 'read now');
  expect([code, stderr]).toEqual([3, 'read now\n']);
  expect(Array.from(stdout.matchAll(/\{"time".*?"i":(\d+)/g), ([, i]) => Number(i))).toEqual(upTo(300));
});
