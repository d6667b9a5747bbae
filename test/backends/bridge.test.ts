import { execFileSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import pino from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import winston from 'winston';
import { BridgeBackend } from '../../src/backends/bridge/bridge.ts';
import { BridgeHost } from '../../src/backends/bridge/bridge-host.ts';
import type { LogRecordData } from '../../src/contract/backend.ts';
import { isBridgeTarget } from '../../src/contract/bridge-target.ts';
import { backendContract } from '../../src/testing/backend-contract.ts';
import { makeRecord, makeRecords } from '../support/records.ts';

/** A stream that remembers the lines written to it, parsed. */
function lines() {
  // biome-ignore lint/suspicious/noExplicitAny: lines of other loggers.
  const read: any[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).split('\n')) if (line !== '') read.push(JSON.parse(line));
      done();
    },
  });
  return { read, stream };
}

/** Both halves of a bridge, in one thread. */
function bridgeTo(target: unknown, options?: ConstructorParameters<typeof BridgeHost>[1]) {
  const host = new BridgeHost(target, options);
  const backend = new BridgeBackend(host.openPort());
  return { host, backend };
}

function open(target: unknown, options?: ConstructorParameters<typeof BridgeHost>[1]) {
  const opened = bridgeTo(target, options);
  onTestFinished(() => {
    opened.backend.close();
    opened.host.close();
  });
  return opened;
}

backendContract('bridge to a function', test, () => {
  const seen: LogRecordData[] = [];
  const { host, backend } = bridgeTo((record: LogRecordData) => void seen.push(record));
  return { backend, delivered: () => seen.map(({ attributes }) => attributes.number as number), cleanUp: () => host.close() };
});

backendContract('bridge to an asynchronous function', test, () => {
  const seen: number[] = [];
  const { host, backend } = bridgeTo(async ({ attributes }: LogRecordData) => {
    await null;
    seen.push(attributes.number as number);
  });
  return { backend, delivered: () => seen, cleanUp: () => host.close() };
});

backendContract('bridge to pino', test, () => {
  const { read, stream } = lines();
  const { host, backend } = bridgeTo(pino({ level: 'trace' }, stream));
  return { backend, delivered: () => read.map(({ number }) => number), cleanUp: () => host.close() };
});

function winstonTo(stream: Writable): winston.Logger {
  return winston.createLogger({
    level: 'debug',
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  });
}

backendContract('bridge to winston', test, () => {
  const { read, stream } = lines();
  const { host, backend } = bridgeTo(winstonTo(stream));
  return { backend, delivered: () => read.map(({ number }) => number), cleanUp: () => host.close() };
});

const LEVELS = ['debug', 'info', 'warning', 'error'] as const;

test('pino gets level, message, fields and trace, and none of its own names is overwritten', async () => {
  const { read, stream } = lines();
  const { backend } = open(pino({ level: 'trace', base: null }, stream));
  await backend.write(LEVELS.map((level) => makeRecord({ level, body: level })));
  expect(read.map(({ level, msg }) => [level, msg])).toEqual([
    [20, 'debug'],
    [30, 'info'],
    [40, 'warning'],
    [50, 'error'],
  ]);
  read.length = 0;
  const attributes = { price: 101.5, level: 'mine', time: 'mine', msg: 'mine', nested: { a: [1] } };
  await backend.write([
    makeRecord({ attributes, traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', eventName: 'e' }),
  ]);
  expect(read[0]).toEqual({
    level: 30,
    time: expect.any(Number),
    msg: 'order placed',
    logger: 'exchange.mexc.private.rest',
    timestamp: '2025-11-24T16:00:00.123Z',
    tags: ['mexc', 'private', 'rest'],
    event: 'e',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    price: 101.5,
    'fields.level': 'mine',
    'fields.time': 'mine',
    'fields.msg': 'mine',
    nested: { a: [1] },
  });
});

test("a pino logger's own level holds, also when it changes", async () => {
  const { read, stream } = lines();
  const logger = pino({ level: 'error' }, stream);
  const { backend } = open(logger);
  expect(await backend.write([makeRecord()])).toEqual({ status: 'success' });
  expect(read).toHaveLength(0);
  logger.level = 'info';
  await backend.write([makeRecord()]);
  expect(read).toHaveLength(1);
});

test('winston gets level, message and fields, and none of its own names is overwritten', async () => {
  const { read, stream } = lines();
  const { backend } = open(winstonTo(stream));
  await backend.write(LEVELS.map((level) => makeRecord({ level, body: level })));
  expect(read.map(({ level, message }) => [level, message])).toEqual([
    ['debug', 'debug'],
    ['info', 'info'],
    ['warn', 'warning'],
    ['error', 'error'],
  ]);
  read.length = 0;
  await backend.write([
    makeRecord({ attributes: { price: 101.5, level: 'mine', message: 'mine', stack: 'mine', cause: 'mine' } }),
  ]);
  expect(read[0]).toMatchObject({
    level: 'info',
    message: 'order placed',
    logger: 'exchange.mexc.private.rest',
    price: 101.5,
    'fields.level': 'mine',
    'fields.message': 'mine',
    stack: 'mine',
    cause: 'mine',
  });
});

test('console: a method for each level', async () => {
  const spies = (['debug', 'info', 'warn', 'error'] as const).map((method) => vi.spyOn(console, method).mockReturnValue());
  onTestFinished(() => void vi.restoreAllMocks());
  const { backend } = open(console);
  await backend.write(LEVELS.map((level) => makeRecord({ level, body: level, attributes: { level } })));
  spies.forEach((spy, rank) => {
    expect(spy.mock.calls).toEqual([[LEVELS[rank], expect.objectContaining({ level: LEVELS[rank] })]]);
  });
});

test('a structured body becomes one text for loggers and stays as it is for functions', async () => {
  const { read, stream } = lines();
  await open(pino(stream)).backend.write([makeRecord({ body: { op: 'buy', id: 7n } })]);
  expect(read[0].msg).toBe('{"op":"buy","id":"7"}');
  const seen: unknown[] = [];
  await open(({ body }: LogRecordData) => seen.push(body)).backend.write([makeRecord({ body: { op: 'buy', id: 7n } })]);
  expect(seen).toEqual([{ op: 'buy', id: 7n }]);
});

test('a function gets each record as it was', async () => {
  const seen: LogRecordData[] = [];
  const record = makeRecord({ attributes: { n: 2n ** 70n, bytes: new Uint8Array([1]), nan: Number.NaN, nothing: undefined } });
  await open((each: LogRecordData) => void seen.push(each)).backend.write([record]);
  expect(seen).toEqual([record]);
});

test('what a target throws or rejects with is counted, the others arrive, and nothing escapes', async () => {
  const escaped: unknown[] = [];
  const onEscape = (error: unknown) => escaped.push(error);
  process.on('unhandledRejection', onEscape);
  onTestFinished(() => void process.off('unhandledRejection', onEscape));
  let delivered = 0;
  const target = ({ sequence }: LogRecordData) => {
    if (sequence % 3 === 0) throw new Error('disk');
    if (sequence % 3 === 1) return Promise.reject(new Error('late'));
    delivered++;
    return undefined;
  };
  const outcome = await open(target).backend.write(makeRecords(9));
  expect(outcome).toEqual({ status: 'partial', rejected: 6, message: "The bridge's target threw: disk" });
  expect(delivered).toBe(3);
  await new Promise(setImmediate);
  expect(escaped).toEqual([]);
});

test.each([null, undefined, {}, 'pino', 7, { info() {} }, { debug() {}, info() {}, error() {} }])('%j is no target', (target) => {
  expect(isBridgeTarget(target)).toBe(false);
  expect(() => new BridgeHost(target)).toThrow('must be a function or a logger');
});

test('a target that logs through us is bracketed, so that its own records can be told from others, also when it throws', async () => {
  const seen: string[] = [];
  let delivering = false;
  const target = () => {
    seen.push(delivering ? 'inside' : 'outside');
    throw new Error('x');
  };
  const { backend } = open(target, {
    runTarget: (call) => {
      delivering = true;
      try {
        return call();
      } finally {
        delivering = false;
      }
    },
  });
  await backend.write(makeRecords(2));
  expect(seen).toEqual(['inside', 'inside']);
  expect(delivering).toBe(false);
});

test('a successor worker gets a port of its own, and answers for its predecessor are not mistaken for its own', async () => {
  const seen: number[] = [];
  const host = new BridgeHost(({ sequence }: LogRecordData) => void seen.push(sequence));
  onTestFinished(() => host.close());
  const first = new BridgeBackend(host.openPort());
  await first.write(makeRecords(2));
  const second = new BridgeBackend(host.openPort());
  onTestFinished(() => second.close());
  expect(await second.write(makeRecords(2, 2))).toEqual({ status: 'success' });
  expect(seen).toEqual([0, 1, 2, 3]);
});

async function startWorker(target: unknown, records: number, maxRecords = 100_000) {
  const host = new BridgeHost(target);
  const port = host.openPort();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./bridge.worker.ts', import.meta.url), {
    workerData: { port, records, done, maxRecords },
    transferList: [port],
    // Node 24 needs no flag for a TypeScript file, Node 22 does.
    execArgv: ['--experimental-strip-types', '--no-warnings'],
  });
  onTestFinished(async () => {
    host.close();
    await worker.terminate();
  });
  const account = new Promise<{ delivered: number; dropped: number; complete: boolean }>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { host, done, account };
}

test('from a worker thread, every record reaches the target on this thread, in order', async () => {
  const seen: number[] = [];
  const { account } = await startWorker(({ sequence }: LogRecordData) => void seen.push(sequence), 5_000);
  expect(await account).toEqual({ delivered: 5_000, dropped: 0, complete: true });
  expect(seen).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
});

test('a busy main thread costs the newest records beyond the bound, counted, and nothing else', async () => {
  const { account, done } = await startWorker(() => {}, 5_000, 1_000);
  // Busy from before the worker's first record until long after its last.
  Atomics.wait(done, 0, 0, 700);
  expect(await account).toEqual({ delivered: 1_000, dropped: 4_000, complete: true });
});

test('at an exit, when the event loop turns no more, serveSync delivers what the worker has', async () => {
  const seen: number[] = [];
  const { host, done } = await startWorker(({ sequence }: LogRecordData) => void seen.push(sequence), 1_000);
  const deadline = performance.now() + 5_000;
  while (Atomics.load(done, 0) === 0 && performance.now() < deadline) {
    host.serveSync();
    Atomics.wait(done, 0, 0, 5);
  }
  expect(seen).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
});

test('a bridge keeps no process alive', () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    import { BridgeHost } from ${url('../../src/backends/bridge/bridge-host.ts')};
    import { BridgeBackend } from ${url('../../src/backends/bridge/bridge.ts')};
    const host = new BridgeHost(() => {});
    new BridgeBackend(host.openPort());
    console.log('end');`;
  const out = execFileSync(process.execPath, ['--experimental-strip-types', '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    timeout: 5_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(String(out)).toBe('end\n');
});
