/**
 * An instance that is shut down before its worker has begun: the thread that made it delivers, and everything else is as with a worker.
 *
 * HFT_TEST_SHUTDOWNS=300 for the long run.
 */
import { existsSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { FlushReport, Logging } from '../../src/caller/api.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { createLogging } from '../../src/logging.ts';
import { configureLogging, resetLogging } from '../../src/process/factories.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

const RUNS = Number(process.env.HFT_TEST_SHUTDOWNS ?? 6);
/** Both tests below take a second or two; a machine that is busy with other things, and a long run, take more. */
const PATIENCE_MILLIS = 180_000 + RUNS * 5_000;

/**
 * An end takes all of it where a file cannot be written. Within it, a worker on a machine that is busy with other things must come to the files; but a file that
 * refuses for 2 s is `failed`, here or there.
 */
const HINDERED_MILLIS = 1_200;

/** Where the lines of a backend can go. */
const PLACES = ['a file', 'a file in a new folder', 'a file below a file', 'a full disk', 'nowhere'] as const;
type Place = (typeof PLACES)[number];

const ENDS = {
  shutdown: (logging: Logging, options: { timeoutMillis: number }) => logging.shutdown(options),
  'two shutdowns': async (logging: Logging, options: { timeoutMillis: number }) => {
    const [first, second] = await Promise.all([logging.shutdown(options), logging.shutdown()]);
    expect(second).toEqual(first);
    return first;
  },
  'a shutdown and a flush': async (logging: Logging, options: { timeoutMillis: number }) => {
    const [first, second] = await Promise.all([logging.shutdown(options), logging.flush()]);
    expect(second).toEqual(first);
    return first;
  },
} as const;

interface Sample {
  readonly logs: number;
  readonly audits: number;
  readonly file: Place;
  readonly audit: Place;
  readonly end: keyof typeof ENDS;
  readonly persistence: boolean;
  readonly handleExits: boolean;
}

const placeOf = (place: Place, folder: string, name: string) =>
  ({
    'a file': join(folder, `${name}.jsonl`),
    'a file in a new folder': join(folder, `new/${name}.jsonl`),
    'a file below a file': join(folder, `in-the-way/${name}.jsonl`),
    'a full disk': '/dev/full',
    nowhere: join(folder, 'never.jsonl'),
  })[place];

function open(folder: string, { file, audit, persistence, handleExits }: Omit<Sample, 'logs' | 'audits' | 'end'>): Logging {
  writeFileSync(join(folder, 'in-the-way'), '');
  return createLogging({
    handleExits,
    diagnosticLevel: 'none',
    service: { name: 'ends-at-once' },
    persistence: { enabled: persistence, directory: join(folder, 'runs') },
    // Two backends may not share a file.
    backends: {
      file: { enabled: file !== 'nowhere', path: placeOf(file, folder, 'app'), rotation: 'none', format: 'json' },
      audit: {
        enabled: audit !== 'nowhere',
        path: audit === file && audit === 'a full disk' ? '/proc/self/fd/../../../dev/full' : placeOf(audit, folder, 'audit'),
        rotation: 'none',
        clockEvidence: false,
      },
    },
  });
}

/** After the shutdown: whether its worker was ever ready. */
const howReadyIs = (logging: Logging): Promise<string> =>
  logging.ready.then(
    () => 'ready',
    ({ code }) => code,
  );

interface Outcome {
  readonly report: Omit<FlushReport, 'elapsedMillis'>;
  readonly health: unknown;
  readonly lines: unknown;
  /** Runs that the next start finds. */
  readonly runs: number;
}

async function outcomeOf(sample: Sample, worker: 'has not begun' | 'is ready'): Promise<Outcome> {
  using folder = temporaryFolder();
  const logging = open(folder.path, sample);
  if (worker === 'is ready') await logging.ready;
  const log = logging.getLogger('app');
  for (let i = 1; i <= sample.logs; i++) log.warning('tick', { i });
  for (let i = 1; i <= sample.audits; i++) log.audit('ticked', { i });
  const isHindered = [sample.file, sample.audit].some((place) => place === 'a full disk' || place === 'a file below a file');
  const { elapsedMillis, ...report } = await ENDS[sample.end](logging, { timeoutMillis: isHindered ? HINDERED_MILLIS : 20_000 });
  expect(elapsedMillis).toBeGreaterThan(0);
  const { lanes, backends, worker: host } = logging.health();
  expect(host).toMatchObject({ state: 'stopped', restarts: 0 });
  expect(await howReadyIs(logging)).toBe(worker === 'is ready' ? 'ready' : 'HFT_SHUT_DOWN');
  for (const { taken, delivered, droppedTotal, pending } of Object.values(backends))
    expect(taken).toBe(delivered + droppedTotal + pending);
  const numbers = (name: string) =>
    [folder.path, join(folder.path, 'new')].filter(existsSync).flatMap((path) => jsonLinesIn(path, name).map(({ i }) => i));
  const runs = join(folder.path, 'runs');
  return {
    report,
    health: {
      lanes: Object.values(lanes).map(({ accepted, pending, droppedTotal, unrouted }) => ({
        accepted,
        pending,
        droppedTotal,
        unrouted,
      })),
      backends: Object.entries(backends).map(([name, { taken, delivered, dropped, pending, state, lastError }]) => ({
        name,
        taken,
        delivered,
        dropped,
        pending,
        state,
        hasFailed: lastError !== undefined,
      })),
    },
    lines: { app: numbers('app.jsonl'), audit: numbers('audit') },
    runs: existsSync(runs) ? readdirSync(runs).length : 0,
  };
}

const samples = fc.record<Sample>({
  logs: fc.nat({ max: 60 }),
  audits: fc.nat({ max: 20 }),
  file: fc.constantFrom(...PLACES),
  audit: fc.constantFrom(...PLACES),
  end: fc.constantFrom(...(Object.keys(ENDS) as Sample['end'][])),
  persistence: fc.boolean(),
  handleExits: fc.boolean(),
});

test(
  'report, account, files and what is kept for the next start are those of an end with a worker',
  async () => {
    await fc.assert(
      fc.asyncProperty(samples, async (sample) => {
        expect(await outcomeOf(sample, 'has not begun')).toEqual(await outcomeOf(sample, 'is ready'));
      }),
      { numRuns: RUNS },
    );
  },
  PATIENCE_MILLIS,
);

/** Some milliseconds before and behind the moment in which a worker begins. */
const moments = fc.record({
  waitsMillis: fc.nat({ max: 100 }),
  logs: fc.nat({ max: 200 }),
  others: fc.nat({ max: 2 }),
  isConfiguredAgain: fc.boolean(),
});

test(
  "at any moment of its worker's start, every record is written once and in order",
  async () => {
    const once = async (folder: string, logs: number, waitsMillis: number) => {
      const logging = createLogging({ exitTimeoutMillis: 20_000, backends: files(folder) });
      const log = logging.getLogger('app');
      const half = Math.floor(logs / 2);
      for (let i = 1; i <= half; i++) log.warning('tick', { i });
      if (waitsMillis > 0) await sleep(waitsMillis);
      for (let i = half + 1; i <= logs; i++) log.warning('tick', { i });
      log.audit('ended', {});
      expect(await logging.shutdown()).toMatchObject({ complete: true, pending: 0 });
      expect(logging.health()).toMatchObject({
        worker: { state: 'stopped', restarts: 0 },
        backends: { file: { delivered: logs } },
      });
    };
    await fc.assert(
      fc.asyncProperty(moments, async ({ waitsMillis, logs, others, isConfiguredAgain }) => {
        using folder = temporaryFolder();
        const instances = Array.from({ length: 1 + others }, async (_, i) => {
          const path = join(folder.path, String(i));
          await once(path, logs, waitsMillis);
          if (isConfiguredAgain) await once(path, logs, 0);
          return path;
        });
        const expected = Array.from({ length: isConfiguredAgain ? 2 : 1 }, () => Array.from({ length: logs }, (_, i) => i + 1));
        for (const path of await Promise.all(instances)) {
          const written = existsSync(join(path, 'app.jsonl')) ? jsonLinesIn(path, 'app') : [];
          expect(written.map(({ i }) => i)).toEqual(expected.flat());
          expect(jsonLinesIn(path, 'audit').map(({ event }) => event)).toEqual(expected.map(() => 'ended'));
        }
      }),
      { numRuns: RUNS },
    );
  },
  PATIENCE_MILLIS,
);

/** One configuration of the process after the other, each with some records, and how it makes room for the next one. */
const configurations = fc.array(
  fc.record({
    records: fc.integer({ min: 1, max: 30 }),
    // A turn of the event loop in which the instance before has ended.
    isLate: fc.boolean(),
    end: fc.constantFrom('shutdown', 'shutdown that nobody awaits', 'replaced', 'reset'),
  }),
  { minLength: 1, maxLength: 4 },
);

test(
  'one configuration after the other: every record is written once',
  async () => {
    await fc.assert(
      fc.asyncProperty(configurations, fc.boolean(), async (steps, persistence) => {
        using folder = temporaryFolder();
        const config: LoggingConfig = {
          service: { name: 'one-after-the-other', instanceId: 'the-same' },
          exitTimeoutMillis: 20_000,
          persistence: { enabled: persistence, directory: join(folder.path, 'runs') },
          backends: files(folder.path),
        };
        let written = 0;
        const open: Promise<FlushReport>[] = [];
        for (const { records, isLate, end } of steps) {
          const logging = configureLogging(config);
          for (let i = 0; i < records; i++) {
            written++;
            logging.getLogger('app').warning('tick', { i: written });
            logging.getLogger('app').audit('ticked', { i: written });
          }
          if (isLate) await new Promise(setImmediate);
          if (end === 'shutdown') expect(await logging.shutdown()).toMatchObject({ complete: true, pending: 0 });
          if (end === 'shutdown that nobody awaits') open.push(logging.shutdown());
          if (end === 'reset') expect(await resetLogging()).toMatchObject({ complete: true });
        }
        for (const report of await Promise.all(open)) expect(report).toMatchObject({ complete: true, pending: 0 });
        // Without an instance nothing is delivered, and nothing waits.
        expect(await resetLogging()).toMatchObject({ complete: steps.at(-1)?.end !== 'reset', pending: 0 });
        const sorted = (file: string, key: string) =>
          jsonLinesIn(folder.path, file)
            .map((line) => Number(line[key]))
            .sort((a, b) => a - b);
        const all = Array.from({ length: written }, (_, i) => i + 1);
        expect(sorted('app', 'i')).toEqual(all);
        expect(sorted('audit', 'i')).toEqual(all);
      }),
      { numRuns: RUNS },
    );
  },
  PATIENCE_MILLIS,
);

const files = (folder: string) =>
  ({
    file: { path: join(folder, 'app.jsonl'), rotation: 'none' },
    audit: { path: join(folder, 'audit.jsonl'), rotation: 'none', clockEvidence: false },
  }) as const;

test('what the shutdown is asked for is in the files when the call returns, before it is awaited', async () => {
  using folder = temporaryFolder();
  const logging = createLogging({ backends: files(folder.path) });
  logging.getLogger('app').warning('done', { code: 0 });
  logging.getLogger('app').audit('ended', { code: 0 });
  const report = logging.shutdown();
  expect(jsonLinesIn(folder.path, 'app')).toMatchObject([{ msg: 'done' }]);
  expect(jsonLinesIn(folder.path, 'audit')).toMatchObject([{ event: 'ended', audit_seq: 1 }]);
  expect(await report).toMatchObject({ complete: true, pending: 0 });
});

test.each([
  ['ready', (logging: Logging) => logging.ready.then(() => 'ready'), 'ready'],
  ['a flush', (logging: Logging) => logging.flush({ timeoutMillis: 20_000 }).then(({ complete }) => complete), true],
  [
    'a receipt',
    (logging: Logging) =>
      logging
        .getLogger('app')
        .auditReceipt('ended', {}, 'written')
        .then(({ stage }) => stage),
    'written',
  ],
  [
    'a receipt of the disk',
    (logging: Logging) =>
      logging
        .getLogger('app')
        .auditReceipt('ended', {})
        .then(({ stage }) => stage),
    'disk',
  ],
  ['a snapshot', (logging: Logging) => logging.metricsSnapshot().then(({ metrics }) => metrics.length > 0), true],
  ['recovered', (logging: Logging) => logging.recovered.then(() => 'over'), 'over'],
] as const)('somebody who waits for %s meanwhile is answered', async (_what, ask, answer) => {
  using folder = temporaryFolder();
  const logging = createLogging({ handleExits: false, backends: files(folder.path) });
  logging.getLogger('app').counter('orders');
  const [answered, { complete }] = await Promise.all([ask(logging), logging.shutdown({ timeoutMillis: 20_000 })]);
  expect([answered, complete]).toEqual([answer, true]);
});

test('afterwards nobody waits: ready and a snapshot are refused, a flush and a further shutdown get the report', async () => {
  using folder = temporaryFolder();
  const logging = createLogging({ backends: files(folder.path) });
  const ending = logging.shutdown();
  await expect(logging.metricsSnapshot()).rejects.toMatchObject({ code: 'HFT_SHUT_DOWN' });
  await expect(logging.ready).rejects.toMatchObject({ code: 'HFT_SHUT_DOWN' });
  const report = await ending;
  expect([await logging.flush(), await logging.shutdown(), await logging.recovered]).toEqual([report, report, undefined]);
});

test.each([
  ['a module', { own: { module: new URL('../process/programs/killer.ts', import.meta.url) } }],
  ['the memory', { memory: {} }],
  ['another in its place', { file: { failover: ['memory'] }, memory: {} }],
  ['evidence of the clock', { audit: { clockEvidence: true } }],
] as const)('the worker is waited for where a backend needs it: %s', async (_what, further) => {
  using folder = temporaryFolder();
  const { file, audit, ...others } = further as Record<string, object>;
  const backends = { file: { ...files(folder.path).file, ...file }, audit: { ...files(folder.path).audit, ...audit }, ...others };
  const logging = createLogging({ backends });
  logging.getLogger('app').warning('done');
  logging.getLogger('app').audit('ended', {});
  expect(await logging.shutdown({ timeoutMillis: 20_000 })).toMatchObject({ complete: true, pending: 0 });
  expect(await howReadyIs(logging)).toBe('ready');
  for (const { taken, delivered } of Object.values(logging.health().backends)) expect(delivered).toBe(taken);
  expect(jsonLinesIn(folder.path, 'app')).toHaveLength(1);
});

test('a disk that has room again in time gets everything, with the event loop running meanwhile', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'logs'), 'a file where a folder is to be');
  const logging = createLogging({ diagnosticLevel: 'none', backends: { file: { path: join(folder.path, 'logs/app.jsonl') } } });
  logging.getLogger('app').warning('kept');
  const ending = logging.shutdown({ timeoutMillis: 60_000 });
  await vi.waitFor(() => expect(logging.health().backends.file).toMatchObject({ taken: 1, delivered: 0, state: 'degraded' }));
  rmSync(join(folder.path, 'logs'));
  expect(await ending).toMatchObject({ complete: true, pending: 0 });
  expect(jsonLinesIn(join(folder.path, 'logs'), 'app')).toMatchObject([{ msg: 'kept' }]);
  expect(await howReadyIs(logging)).toBe('HFT_SHUT_DOWN');
});

test('no file stays open', async () => {
  using folder = temporaryFolder();
  const logging = createLogging({ backends: files(folder.path) });
  logging.getLogger('app').warning('done');
  logging.getLogger('app').audit('ended', {});
  await logging.shutdown();
  const opened = readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`));
  expect(opened.filter((path) => path.startsWith(folder.path))).toEqual([]);
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // Of the listing itself, which is over.
  }
}

test('records that no backend takes are told of, as by a worker', async () => {
  using folder = temporaryFolder();
  const logging = createLogging({ diagnosticLevel: 'none', backends: { file: { ...files(folder.path).file, level: 'error' } } });
  logging.getLogger('app').warning('nowhere');
  await logging.shutdown();
  expect(logging.health().warnings.join()).toContain('no backend takes warning records');
  expect(logging.health().lanes.logs.unroutedTotal).toBe(1);
});
