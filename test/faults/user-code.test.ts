import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Fields, HFTLogger, Logging } from '../../src/index.ts';
import { createLogging } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

interface Pipeline {
  readonly logging: Logging;
  readonly log: HFTLogger;
  /** Lines of logs and audit events in the order of their numbers, after everything has gone through. */
  delivered(): Promise<{ logs: Record<string, unknown>[]; audits: Record<string, unknown>[] }>;
}

function open(ringBufferSize = 20_000): Pipeline {
  const folder = temporaryFolder();
  const logging = createLogging({
    level: 'debug',
    handleExits: false,
    ringBufferSize,
    backends: {
      file: { path: join(folder.path, 'app.jsonl'), level: 'debug' },
      audit: { path: join(folder.path, 'audit.jsonl') },
    },
  });
  onTestFinished(async () => {
    await logging.shutdown();
    folder[Symbol.dispose]();
  });
  return {
    logging,
    log: logging.getLogger('user'),
    async delivered() {
      expect(await logging.flush({ timeoutMillis: 20_000 })).toMatchObject({ complete: true, pending: 0 });
      const { lanes, worker } = logging.health();
      expect(worker.restarts).toBe(0);
      expect(lanes.logs.droppedTotal + lanes.audit.droppedTotal).toBe(0);
      const logs = jsonLinesIn(folder.path, 'app');
      const audits = jsonLinesIn(folder.path, 'audit');
      for (const lines of [logs, audits]) expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, i) => i + 1));
      return { logs, audits };
    },
  };
}

const ROUNDS = 100;

const asked = new WeakSet<object>();

function once(target: object, run: () => void): void {
  if (asked.has(target)) return;
  asked.add(target);
  run();
}

test.each<[string, (inside: () => void) => Fields]>([
  [
    'a getter',
    (inside) => ({
      before: 1,
      get field() {
        inside();
        return 'read';
      },
      after: 2,
    }),
  ],
  [
    'a toJSON',
    (inside) => ({
      before: 1,
      field: {
        toJSON() {
          inside();
          return 'read';
        },
      },
      after: 2,
    }),
  ],
  [
    'a proxy',
    (inside) => ({
      before: 1,
      field: new Proxy(
        { inner: 'read' },
        {
          // Keys may be asked for more than once: while the shape is new it is looked at before it is written.
          ownKeys(target) {
            once(target, inside);
            return Reflect.ownKeys(target);
          },
        },
      ),
      after: 2,
    }),
  ],
  [
    'the parts of an error',
    (inside) => ({
      before: 1,
      field: {
        nested: Object.defineProperty(new Error('x'), 'code', {
          enumerable: true,
          get() {
            inside();
            return 'read';
          },
        }),
      },
      after: 2,
    }),
  ],
])('%s that logs while it is read: records inside come first, each whole, none lost', async (_what, makeFields) => {
  const { log, delivered } = open();
  const child = log.withContext({ child: true });
  for (let i = 1; i <= ROUNDS; i++) {
    const inside = () => {
      log.info('inside', { i, text: `unique ${i}` });
      log.info('outside', { before: i, field: 'same shape', after: 0 });
      log.audit('inside', { i });
      child.debug('inside too', { i, list: [i] });
      log.counter('inside_total');
    };
    log.info('outside', makeFields(inside));
    log.audit(
      'outside',
      makeFields(() => log.audit('inside', { i })),
    );
    child.error(
      `unique ${i}`,
      makeFields(() => child.error(`unique ${i} inside`)),
    );
  }
  const { logs, audits } = await delivered();
  expect(logs.length).toBe(ROUNDS * 6);
  expect(audits.length).toBe(ROUNDS * 3);
  logs.forEach((line, index) => {
    const i = Math.floor(index / 6) + 1;
    const expected = [
      { msg: 'inside', i, text: `unique ${i}` },
      { msg: 'outside', before: i, field: 'same shape', after: 0 },
      { msg: 'inside too', i, list: [i], child: true },
      { msg: 'outside', before: 1, after: 2 },
      { msg: `unique ${i} inside`, child: true },
      { msg: `unique ${i}`, child: true, before: 1, after: 2 },
    ][index % 6];
    expect(line).toMatchObject(expected);
  });
  expect(audits.map(({ event }) => event)).toEqual(Array.from({ length: ROUNDS }, () => ['inside', 'inside', 'outside']).flat());
});

test('user code that throws after it has logged: both are told', async () => {
  const { log, delivered } = open();
  const fields = {
    before: 1,
    get field() {
      log.warning('about to throw');
      throw new Error('thrown');
    },
    after: 2,
  };
  for (let i = 0; i < ROUNDS; i++) log.info('outside', fields as Fields);
  const { logs } = await delivered();
  const outside = logs.filter(({ msg }) => msg === 'outside');
  expect(outside.length).toBe(ROUNDS);
  for (const line of outside) expect(line).toMatchObject({ before: 1, field: '[getter threw: Error: thrown]', after: 2 });
  // A getter is read by nobody more than once for each record.
  expect(logs.filter(({ msg }) => msg === 'about to throw').length).toBe(ROUNDS);
});

test('user code that flushes, shuts levels, makes loggers and children, and reads health while it is read', async () => {
  const { logging, log, delivered } = open();
  const flushes: Promise<unknown>[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    log.info('outside', {
      before: i,
      get field() {
        flushes.push(logging.flush());
        logging.setLevel('other', i % 2 === 0 ? 'debug' : 'error');
        logging.getLogger(`made inside ${i}`).withContext({ i }).info('made inside');
        logging.health();
        return 'read';
      },
      after: i,
    });
  }
  await Promise.all(flushes);
  const { logs } = await delivered();
  expect(logs.length).toBe(2 * ROUNDS);
  const outside = logs.filter(({ msg }) => msg === 'outside');
  for (const [i, line] of outside.entries()) expect(line).toMatchObject({ before: i, field: 'read', after: i });
});

test('logging that never ends by itself, from a getter that logs its own object, ends and is counted', async () => {
  const { log, delivered } = open(50_000);
  let calls = 0;
  const endless = {
    before: 1,
    get field() {
      calls++;
      log.info('endless', endless as Fields);
      return 'read';
    },
  };
  for (let i = 0; i < 3; i++) log.info('endless', endless as Fields);
  const { logs } = await delivered();
  expect(calls).toBeGreaterThan(3);
  expect(logs.filter(({ msg }) => msg === 'endless').length).toBeGreaterThanOrEqual(calls);
});

test.each([64, 256, 1_000])(
  'texts longer than a ring of %i records are cut with a mark that says how much is missing',
  async (size) => {
    const { log, delivered } = open(size);
    const ringBytes = Math.max(65_536, size * 256);
    const ways: ((text: string) => void)[] = [
      (text) => log.info(text),
      (text) => log.info('field', { before: 1, text, after: 2 }),
      (text) => log.info(text, { before: 1, text, after: 2 }),
      (text) => log.info('nested', { before: 1, nested: { list: [text] }, after: 2 }),
      (text) => log.withContext({ text }).info('context', { before: 1 }),
      (text) => log.error('error', new Error(text)),
      (text) => log.audit(text, { before: 1 }),
      (text) => log.audit('field', { before: 1, text, after: 2 }),
    ];
    const lengths = [ringBytes / 2, ringBytes - 64, ringBytes, ringBytes * 3, 5_000_000];
    let mostCut = 0;
    for (const length of lengths) {
      for (const character of ['x', 'é', '😀']) {
        const text = character.repeat(Math.ceil(length / Buffer.byteLength(character)));
        for (const way of ways) way(text);
        const { logs, audits } = await delivered();
        const lines = [...logs.slice(-6), ...audits.slice(-2)].map((line) => JSON.stringify(line));
        const marks = lines.flatMap((line) => [...line.matchAll(/…\[\+(\d+) characters\]/g)].map(([, cut]) => Number(cut)));
        mostCut = Math.max(mostCut, ...marks);
        // A stack is longer than its message.
        for (const cut of marks) expect(cut).toBeLessThanOrEqual(text.length + 4_000);
        // What is kept of a message and what is said to be missing make up the whole.
        const [, kept, cut] = /^(.*?)(?:…\[\+(\d+) characters\])?$/s.exec(logs.at(-6)!.msg as string)!;
        expect(kept.length + Number(cut ?? 0)).toBe(text.length);
      }
    }
    const { logs, audits } = await delivered();
    expect(logs.length).toBe(lengths.length * 3 * 6);
    expect(audits.length).toBe(lengths.length * 3 * 2);
    for (const line of logs.filter(({ msg }) => msg === 'field')) expect(line).toMatchObject({ before: 1, after: 2 });
    expect(mostCut).toBeGreaterThan(4_900_000 - 65_536);
  },
);
