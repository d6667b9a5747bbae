/**
 * `hft-otel debug frames` shows what a real encoder wrote into a real ring, and says of damaged bytes where they stop to make sense.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { framesIn } from '../../src/cli/debug/frames.ts';
import { CONTROL_BYTES } from '../../src/ring/layout.ts';
import { TEST_SCOPE, TestLane } from '../support/lane.ts';

const COMMAND = join(import.meta.dirname, '../../src/cli/main.ts');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hft-otel-frames-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [COMMAND, 'debug', 'frames', ...words])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

/** A lane after a few calls of each kind, two of them released. */
function laneInUse(): TestLane {
  const lane = new TestLane({ ringBytes: 65_536 });
  lane.log('released');
  lane.drain();
  for (let i = 0; i < 3; i++) lane.log('order placed', { id: i, symbol: 'BTCUSDT' });
  lane.log('nested', { book: { bids: [1, 2] } });
  return lane;
}

function filesOf(lane: TestLane, name: string): { ring: string; dictionary: string } {
  const ring = join(folder, `${name}.ring`);
  const dictionary = join(folder, `${name}.dictionary`);
  writeFileSync(ring, new Uint8Array(lane.ringMemory));
  writeFileSync(dictionary, new Uint8Array(lane.dictionaryMemory));
  return { ring, dictionary };
}

test('with the dictionary: every record that waits, its header and its fields', async () => {
  const { ring, dictionary } = filesOf(laneInUse(), 'whole');
  const { code, stdout } = await run(ring, '--dictionary', dictionary);
  expect(code).toBe(0);
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toMatch(/^ring of 8,192 units: released to \d+, head \d+, dictionary half 0, [\d.]+ % in use$/);
  expect(lines[1]).toBe('records: 5 accepted, 4 waiting, 0 dropped');
  expect(lines).toHaveLength(6);
  expect(lines[2]).toMatch(new RegExp(`info +#2 \\d+ ns ${TEST_SCOPE.name} 'order placed' .*id: 0, symbol: 'BTCUSDT'`));
  expect(lines[5]).toContain('book: { bids: [ 1, 2 ] }');
});

test('without it: headers, and what is missing', async () => {
  const { ring } = filesOf(laneInUse(), 'headers');
  const { code, stdout } = await run(ring, '--json');
  expect(code).toBe(0);
  const [account, first] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(account.account).toMatchObject({ accepted: 5, pending: 4 });
  expect(first).toMatchObject({ level: 'info', sequence: 2, unreadable: expect.stringContaining('--dictionary') });
});

test('a ring that wrapped is walked past its end', () => {
  const lane = new TestLane({ ringBytes: 2048 });
  for (let i = 0; i < 200; i++) {
    lane.log('filling up', { i });
    if (i % 20 === 10) lane.drain();
  }
  const { frames, account } = framesIn(lane.ringMemory, lane.dictionaryMemory);
  const records = frames.flatMap(({ record }) => (record === undefined ? [] : [record]));
  expect(records).toHaveLength(account.pending);
  expect(lane.drain()).toEqual(records);
});

test('bytes that are no frame end the walk, with the place', async () => {
  const lane = laneInUse();
  const { frames } = framesIn(lane.ringMemory, lane.dictionaryMemory);
  const broken = frames[2].at;
  new Int32Array(lane.ringMemory, CONTROL_BYTES)[broken * 2] = 0;
  const { ring, dictionary } = filesOf(lane, 'broken');
  const { code, stdout } = await run(ring, '-d', dictionary);
  expect(code).toBe(1);
  expect(stdout).toContain('a frame of 0 units does not fit');
  expect(stdout.trim().split('\n').at(-1)).toMatch(new RegExp(`^ +${broken} `));
});

test.each([
  ['is no ring of this version', new Uint8Array(4096)],
  ['no ring has such a size', new Uint8Array(100)],
])('a file that is something else is refused: %s', async (message, bytes) => {
  const path = join(folder, 'other');
  writeFileSync(path, bytes);
  const { code, stderr } = await run(path);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect((await run(join(folder, 'nothing'))).stderr).toContain('cannot be read');
});
