/** `backends.*.failover`: who gets the records of a backend that does not take them. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunningBackend } from '../../src/config/running.ts';
import type { LogRecordData } from '../../src/contract/backend.ts';
import type { BackendState } from '../../src/health/counters.ts';
import { createLogging, type Logging, type LoggingConfig } from '../../src/index.ts';
import type { Lane } from '../../src/record.ts';
import { Failover } from '../../src/worker/failover.ts';
import { runReading, temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { PATIENCE } from '../support/patience.ts';

/** A backend over a real destination that can be made to refuse. */
interface Place {
  readonly settings: object;
  /** The numbers of the records that have arrived, in order. */
  seen(logging: Logging): readonly number[];
  refuse(): Promise<void> | void;
  accept(): Promise<void> | void;
}

/** A place that cannot be made to refuse here, or that gives up what it has refused. */
type OtherPlace = Pick<Place, 'settings' | 'seen'>;

const MODULE = `data:text/javascript,${encodeURIComponent(`
  import { appendFileSync, existsSync } from 'node:fs';
  export default ({ path }) => ({
    write(batch) {
      if (existsSync(path + '.away')) throw new Error('away');
      for (const { attributes } of batch) appendFileSync(path, attributes.n + '\\n');
    },
  });
`)}`;

const linesOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []);

function filePlace(folder: string): Place {
  const path = join(folder, 'logs', 'app.jsonl');
  return {
    settings: { path, format: 'json', rotation: 'none' },
    seen: () => linesOf(path).map((line) => JSON.parse(line).n),
    // A file stands where its directory should be.
    refuse: () => writeFileSync(join(folder, 'logs'), ''),
    accept: () => rmSync(join(folder, 'logs')),
  };
}

const PLACES: Readonly<Record<string, (folder: string) => Place | Promise<Place>>> = {
  file: filePlace,
  audit: (folder) => {
    const { settings, ...place } = filePlace(folder);
    return { ...place, settings: { ...settings, format: 'json' } };
  },
  otlp: async () => {
    const server = await startOtlpServer();
    onTestFinished(() => server.stop());
    return {
      settings: { endpoint: server.url },
      // Copies of checkpoints come here too.
      seen: () => server.received.flatMap(({ attributes: { n } }) => (n === undefined ? [] : [Number(n)])),
      refuse: () => server.answerAlways({ kind: 'status', status: 503 }),
      accept: () => server.answerAlways({ kind: 'ok' }),
    };
  },
  own: (folder) => {
    const path = join(folder, 'numbers');
    return {
      settings: { module: MODULE, options: { path } },
      seen: () => linesOf(path).map(Number),
      refuse: () => appendFileSync(`${path}.away`, ''),
      accept: () => rmSync(`${path}.away`),
    };
  },
};

/** Only the other end of a failover. */
const OTHERS: Readonly<Record<string, () => OtherPlace>> = {
  memory: () => ({ settings: {}, seen: (logging) => logging.memory.map(({ attributes }) => attributes.n as number) }),
  bridge: () => {
    const seen: number[] = [];
    return { settings: { target: ({ attributes }: LogRecordData) => void seen.push(attributes.n as number) }, seen: () => seen };
  },
};

const NAMES = Object.keys(PLACES);
const PAIRS = [
  ...NAMES.flatMap((from) => NAMES.filter((to) => to !== from).map((to) => ({ from, to }))),
  ...['file', 'own'].flatMap((from) => Object.keys(OTHERS).map((to) => ({ from, to }))),
];

describe('while a backend refuses, its records go to the one named in failover; when it takes what it has, they are its own again', () => {
  test.each(PAIRS)('$from, then $to', async ({ from, to }) => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'from'));
    mkdirSync(join(folder.path, 'to'));
    const own = await PLACES[from]!(join(folder.path, 'from'));
    const other = await (OTHERS[to]?.() ?? PLACES[to]!(join(folder.path, 'to')));
    await own.refuse();
    const logging = createLogging({
      handleExits: false,
      diagnosticLevel: 'none',
      routes: [{ when: {}, to: [from] }],
      routesMode: 'replace',
      backends: { [from]: { ...own.settings, failover: [to] }, [to]: { ...other.settings, level: 'fatal' } },
    } as LoggingConfig);
    onTestFinished(async () => void (await logging.shutdown({ timeoutMillis: 100 })));
    await logging.ready;
    const log = logging.getLogger('gateway');
    const health = () => logging.health().backends[from]!;
    log.info('a record', { n: 0 });
    await expect.poll(() => health().state, PATIENCE).not.toBe('ok');
    for (let n = 1; n <= 20; n++) log.info('a record', { n });
    await expect.poll(() => other.seen(logging), PATIENCE).toHaveLength(20);
    await own.accept();
    await expect
      .poll(async () => {
        await logging.flush({ timeoutMillis: 1_000 });
        return health().state;
      }, PATIENCE)
      .toBe('ok');
    for (let n = 21; n <= 40; n++) log.info('a record', { n });
    await logging.flush();
    const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
    expect([...other.seen(logging)]).toEqual(numbers(1, 20));
    expect([...own.seen(logging)]).toEqual([0, ...numbers(21, 40)]);
    expect(health()).toMatchObject({ failedOver: 20, taken: 21, delivered: 21, droppedTotal: 0 });
  });
});

test('audit events wait for the audit file, so its trail has no gap, and the others get copies', async () => {
  using folder = temporaryFolder();
  const place = await PLACES.audit!(folder.path);
  await place.refuse();
  const logging = createLogging({
    handleExits: false,
    diagnosticLevel: 'none',
    routes: [{ when: {}, to: ['audit'] }],
    routesMode: 'replace',
    backends: { audit: { ...place.settings, failover: ['memory'] }, memory: {} },
  } as LoggingConfig);
  onTestFinished(async () => void (await logging.shutdown({ timeoutMillis: 100 })));
  await logging.ready;
  const log = logging.getLogger('gateway');
  log.audit('order_placed', { n: 0 });
  await expect.poll(() => logging.health().backends.audit!.state, PATIENCE).not.toBe('ok');
  for (let n = 1; n <= 5; n++) log.audit('order_placed', { n });
  await expect.poll(() => logging.memory.filter(({ eventName }) => eventName === 'order_placed'), PATIENCE).toHaveLength(5);
  await place.accept();
  await expect.poll(async () => (await logging.flush({ timeoutMillis: 1_000 })).complete, PATIENCE).toBe(true);
  expect(place.seen(logging).filter((n) => n !== undefined)).toEqual([0, 1, 2, 3, 4, 5]);
});

test('a bridge whose target throws has given up what it was offered; what comes goes to another until the target takes a copy', async () => {
  using folder = temporaryFolder();
  const place = filePlace(folder.path);
  const seen: number[] = [];
  let isAway = true;
  const target = ({ attributes }: LogRecordData) => {
    if (isAway) throw new Error('away');
    // A mark of what it has missed may come once it is back: it is no record.
    if (attributes.n !== undefined) seen.push(attributes.n as number);
  };
  const logging = createLogging({
    handleExits: false,
    diagnosticLevel: 'none',
    routes: [{ when: {}, to: ['bridge'] }],
    routesMode: 'replace',
    backends: { bridge: { target, failover: ['file'] }, file: { ...place.settings, level: 'fatal' } },
  } as LoggingConfig);
  onTestFinished(async () => void (await logging.shutdown({ timeoutMillis: 100 })));
  await logging.ready;
  const log = logging.getLogger('gateway');
  const health = () => logging.health().backends.bridge!;
  log.info('a record', { n: 0 });
  await expect.poll(() => health().state, PATIENCE).toBe('degraded');
  for (let n = 1; n <= 20; n++) log.info('a record', { n });
  await expect.poll(() => place.seen(logging), PATIENCE).toHaveLength(20);
  isAway = false;
  let n = 20;
  await expect
    .poll(async () => {
      log.info('a record', { n: ++n });
      await logging.flush({ timeoutMillis: 1_000 });
      return health().state;
    }, PATIENCE)
    .toBe('ok');
  const back = n + 1;
  while (n < back + 20) log.info('a record', { n: ++n });
  await logging.flush();
  // Everything but the first is somewhere, in order; since the target is back everything is with it.
  // What brought it back was one of these records, or the mark of what it has missed.
  const elsewhere = place.seen(logging);
  expect([...elsewhere]).toEqual(Array.from({ length: elsewhere.length }, (_, i) => i + 1));
  expect([...new Set([...elsewhere, ...seen])]).toEqual(Array.from({ length: n }, (_, i) => i + 1));
  expect(seen.slice(-21)).toEqual(Array.from({ length: 21 }, (_, i) => back + i));
  const { taken, delivered, droppedTotal, failedOver = 0 } = health();
  expect({ offered: taken + failedOver, kept: delivered + droppedTotal, delivered }).toEqual({
    offered: n + 1,
    kept: taken,
    delivered: seen.length,
  });
});

test.each(['console', 'file'] as const)('a console in failover, whose reader stops for a while: %s first', async (from) => {
  using folder = temporaryFolder();
  const program = join(import.meta.dirname, 'programs/console-failover.ts');
  const { stdout, stderr, code } = await runReading(program, { folder: folder.path, from }, 'READ');
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('"calls"') });
  const { before, back, calls, taken, delivered, droppedTotal, failedOver } = JSON.parse(stderr.trim().split('\n').at(-1)!);
  const numbersIn = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).n as number);
  const file = numbersIn(readFileSync(join(folder.path, 'logs', 'app.jsonl'), 'utf8'));
  const [own, other] = from === 'console' ? [numbersIn(stdout), file] : [file, numbersIn(stdout)];
  expect([...own, ...other].sort((a, b) => a - b)).toEqual(Array.from({ length: calls }, (_, n) => n));
  for (let n = before; n < before + 200; n++) expect(other).toContain(n);
  for (let n = back; n < calls; n++) expect(own).toContain(n);
  expect({ taken, delivered, failedOver, droppedTotal }).toEqual({
    taken: own.length,
    delivered: own.length,
    failedOver: other.length,
    droppedTotal: 0,
  });
});

test('a failover that leads nowhere is refused or told', () => {
  const logging = (failover: string[]) => () =>
    createLogging({ handleExits: false, diagnosticLevel: 'none', backends: { memory: { failover } } });
  expect(logging(['flie'])).toThrow(/backends\.memory\.failover\[0\].*did you mean "file"/s);
  expect(logging(['prometheus'])).toThrow(/takes records/);
});

/** What the class is for, without its bits: one record, by names. */
function destinationsOf(
  meantFor: readonly number[],
  lane: Lane,
  backends: readonly { state: BackendState; failover: readonly number[]; holdsAuditBack: boolean; pending: number }[],
): Set<number> {
  const all = new Set<number>();
  for (const index of meantFor) {
    const { state, failover, holdsAuditBack, pending } = backends[index]!;
    const ready = failover.filter((other) => other !== index && backends[other]!.state === 'ok');
    const isAway = state !== 'ok' && ready.length > 0;
    // Nothing is under way to it, so it gets a copy as a probe; or it holds the trail.
    if (!isAway || pending === 0 || (holdsAuditBack && lane === 'audit')) all.add(index);
    if (isAway) for (const other of ready) all.add(other);
  }
  return all;
}

test('whatever the states and the routes, each record goes where a plain model says', () => {
  const backend = (count: number) =>
    fc.record({
      state: fc.constantFrom<BackendState>('ok', 'degraded', 'failed'),
      failover: fc.uniqueArray(fc.nat(count - 1), { maxLength: 3 }),
      holdsAuditBack: fc.boolean(),
      pending: fc.constantFrom(0, 3),
    });
  const world = fc.integer({ min: 2, max: 31 }).chain((count) =>
    fc.record({
      backends: fc.array(backend(count), { minLength: count, maxLength: count }),
      records: fc.array(fc.uniqueArray(fc.nat(count - 1)), { minLength: 1, maxLength: 20 }),
      lane: fc.constantFrom<Lane>('logs', 'audit'),
    }),
  );
  fc.assert(
    fc.property(world, ({ backends, records, lane }) => {
      const counted = backends.map(() => 0);
      const running = backends.map(({ failover, holdsAuditBack }, index) => ({
        name: `b${index}`,
        backend: { holdsAuditBack },
        settings: { failover: failover.map((other) => `b${other}`) },
      })) as unknown as RunningBackend[];
      const counters = backends.map(({ state, pending }, index) => ({
        state,
        pending,
        add: (_: string, amount: number) => {
          counted[index] += amount;
        },
      }));
      const maskOf = (indexes: Iterable<number>) => [...indexes].reduce((mask, index) => mask | (1 << index), 0);
      const masks = Int32Array.from(records, maskOf);
      const source = {
        lane,
        masks,
        count: masks.length,
        union: masks.reduce((union, mask) => union | mask, 0),
        // Heads of zeros: records, no marks.
        frames: Int32Array.from(records, (_, i) => i),
        words: new Int32Array(masks.length * 2),
        reroute(elsewhere: (mask: number) => number) {
          for (let i = 0; i < masks.length; i++) masks[i] = elsewhere(masks[i]!);
        },
      };
      const failover = Failover.of(running, counters as never, () => 1_000_000);
      failover?.look();
      failover?.apply(source as never);
      const expected = records.map((meantFor) => destinationsOf(meantFor, lane, backends));
      expect([...masks]).toEqual(expected.map(maskOf));
      backends.forEach((_, index) => {
        const moved = records.filter((meantFor, i) => meantFor.includes(index) && !expected[i]!.has(index)).length;
        // What another's failover brings here is not one's own record that has moved.
        expect(counted[index]).toBeGreaterThanOrEqual(moved);
      });
    }),
    { numRuns: 500 },
  );
});
