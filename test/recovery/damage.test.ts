/** Runs whose files were damaged: they are set aside and told of, and end no process. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeFrame } from '../../src/codec/decode.ts';
import { createLogging } from '../../src/index.ts';
import { isMissing, libc } from '../../src/memory/mapped/libc.ts';
import { LaneSource } from '../../src/read/lane-source.ts';
import { claimRun, isDamaged, runFolders } from '../../src/recovery/claim.ts';
import { temporaryFolder } from '../support/child.ts';
import { killOnly } from './kill.ts';
import { backendsOf } from './programs/backends.ts';

const calls = libc();
if (isMissing(calls)) throw new Error(calls.missing);

/** Of the format in the table of a run. */
const FORMAT_OFFSET = 4;

/** A run that was killed, copied for each test. */
let killed: string;
let runName: string;

beforeAll(async () => {
  killed = mkdtempSync(join(tmpdir(), 'hft-otel-'));
  const directory = join(killed, 'runs');
  await killOnly({ folder: killed, directory, threads: 2, perSecond: 200_000, auditEvery: 5, afterMillis: 80, isSmall: true });
  runName = readdirSync(directory)[0]!;
});

afterAll(() => rmSync(killed, { recursive: true, force: true }));

/** The directory of a copy, and the run's folder in it. */
function copyIn(folder: string): { readonly directory: string; readonly run: string } {
  const directory = join(folder, 'runs');
  mkdirSync(directory, { mode: 0o700 });
  const run = join(directory, runName);
  cpSync(join(killed, 'runs', runName), run, { recursive: true, preserveTimestamps: true });
  chmodSync(run, 0o700);
  return { directory, run };
}

const startOf = (service: string, directory: string) =>
  createLogging({
    service: { name: service },
    diagnosticLevel: 'none',
    handleExits: false,
    persistence: { enabled: true, directory },
    backends: {
      // What was encoded for the killed run's backends waits for backends of these names.
      ...backendsOf({ folder: join(directory, '..', service) }),
      memory: { enabled: true, level: 'trace' },
    },
  });

async function recover(directory: string) {
  const logging = startOf('killed', directory);
  await logging.ready;
  await logging.recovered;
  await logging.flush();
  const { recovered } = logging.health().memory;
  const { warnings } = logging.health();
  const records = [...logging.memory];
  await logging.shutdown();
  return { recovered, warnings, records };
}

test('the run is whole to begin with', async () => {
  using folder = temporaryFolder();
  const { directory } = copyIn(folder.path);
  const { recovered } = await recover(directory);
  expect(recovered).toMatchObject({ runs: 1, damaged: 0 });
  expect(readdirSync(directory)).toEqual([]);
});

test('another service that has looked at the run leaves it to the next start of its own', async () => {
  using folder = temporaryFolder();
  const { directory } = copyIn(folder.path);
  await using other = startOf('other', directory);
  await other.recovered;
  expect(other.health().memory.recovered).toMatchObject({ runs: 0, damaged: 0 });
  expect((await recover(directory)).recovered).toMatchObject({ runs: 1, damaged: 0 });
});

test('a run of another version is told of, and left to that version', async () => {
  using folder = temporaryFolder();
  const { directory, run } = copyIn(folder.path);
  const table = readFileSync(join(run, 'run'));
  writeFileSync(join(run, 'run'), new Uint8Array(table).with(FORMAT_OFFSET, 99));
  const { recovered, warnings } = await recover(directory);
  expect(recovered).toMatchObject({ runs: 0, damaged: 1 });
  expect(warnings.join()).toMatch(new RegExp(`written by another version .* It is kept in ${run}\\.$`));
  writeFileSync(join(run, 'run'), table);
  expect((await recover(directory)).recovered).toMatchObject({ runs: 1, damaged: 0 });
  expect(readdirSync(directory)).toEqual([]);
});

describe('a damaged run is set aside, counted and told of', () => {
  test.each<[string, (run: string) => void]>([
    ['the table is cut off', (run) => truncateSync(join(run, 'run'), 1_000)],
    ['the table is another file', (run) => writeFileSync(join(run, 'run'), Buffer.alloc(1 << 20, 7))],
    ['a block is shorter than the table says', (run) => truncateSync(join(run, 'block-2'), 4_096)],
    ['a block is missing', (run) => rmSync(join(run, 'block-2'))],
    [
      'a block is a link',
      (run) => {
        rmSync(join(run, 'block-2'));
        symlinkSync('/etc/passwd', join(run, 'block-2'));
      },
    ],
  ])('%s', async (_name, damage) => {
    using folder = temporaryFolder();
    const { directory, run } = copyIn(folder.path);
    damage(run);
    const { recovered, warnings, records } = await recover(directory);
    expect(recovered).toMatchObject({ runs: 0, damaged: 1 });
    expect(warnings.join()).toContain(`${run}.damaged`);
    expect(records.map(({ body, level }) => ({ body, level }))).toContainEqual({
      body: 'the memory of a killed run is damaged',
      level: 'error',
    });
    expect(readdirSync(directory)).toEqual([`${runName}.damaged`]);
    // It is not looked at again.
    expect((await recover(directory)).recovered).toMatchObject({ runs: 0, damaged: 0 });
  });
});

test('a damaged run that cannot be set aside is told of where it is, and the worker lives on', async () => {
  using folder = temporaryFolder();
  const { directory, run } = copyIn(folder.path);
  rmSync(join(run, 'block-2'));
  mkdirSync(join(`${run}.damaged`, 'in the way'), { recursive: true });
  await using logging = startOf('killed', directory);
  await logging.recovered;
  const { memory, warnings, worker } = logging.health();
  expect(memory.recovered).toMatchObject({ runs: 0, damaged: 1 });
  expect(warnings.join()).toMatch(new RegExp(`It is kept in ${run}\\.`));
  expect(worker).toEqual({ state: 'running', restarts: 0 });
});

test('whatever bytes are flipped in a run, reading it ends, and throws at most for the records that were hit', () => {
  const flips = fc.array(fc.tuple(fc.nat(11), fc.oneof(fc.nat(600), fc.nat(100_000)), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(flips, (bits) => {
      using folder = temporaryFolder();
      const { run } = copyIn(folder.path);
      // On a busy machine the second thread may not have made its blocks yet.
      const files = readdirSync(run).sort();
      for (const [file, offset, bit] of bits) {
        const path = join(run, files[file % files.length]!);
        const bytes = readFileSync(path);
        bytes[offset % bytes.length]! ^= bit;
        writeFileSync(path, bytes);
      }
      const found = claimRun(calls, runFolders(join(folder.path, 'runs'))[0]!, undefined);
      if (found === undefined || isDamaged(found)) return;
      for (const { producer, lane, remains } of found.lanes) {
        const source = new LaneSource(producer, lane, { maskFor: () => 1, maskForAny: () => 1 }, { offsetNanos: 0n }, 128);
        let records = 0;
        while (source.scan() > 0) {
          for (let i = 0; i < source.count; i++) {
            records++;
            try {
              decodeFrame(source, source.frames[i]!, source.decodeContext());
            } catch {
              // Counted as `failed` by each destination.
            }
          }
          source.release();
        }
        expect(records).toBeGreaterThanOrEqual(remains.records);
      }
      found.close();
    }),
    { numRuns: 30 },
  );
});
