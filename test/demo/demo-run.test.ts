/**
 * A run of the demo, as a user sees it: exit codes, the account, the files, and counts that agree wherever they are taken.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../src/demo/ports.ts';
import type { DemoResult } from '../../src/demo/result.ts';
import { type Ended, start } from './demo-process.ts';

/** Two seconds of trading, start and end of two processes on a busy machine. */
const TIMEOUT_MILLIS = 120_000;

async function linesIn(directory: string, prefix: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(prefix) && !name.endsWith('.checkpoints')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').slice(0, -1));
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hft-demo-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** On a machine that is busy with other things no order may come to be placed in a short time: runs of 1, 3, 9 … times the seconds. */
async function untilTrading<T>(seconds: number, run: (seconds: number) => Promise<T>, orders: (ran: T) => number): Promise<T> {
  const ran = await run(seconds);
  return orders(ran) > 5 || seconds > 15 ? ran : untilTrading(seconds * 3, run, orders);
}

describe('two seconds with a collector, as JSON', () => {
  let collector: Server;
  let requests: string[];
  let ended: Ended;
  let result: DemoResult;
  let dir: string;

  beforeAll(async () => {
    collector = createServer((request, response) => {
      requests.push(request.url ?? '');
      request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
    });
    const port = await listening(collector);
    const run = async (seconds: number): Promise<DemoResult> => {
      requests = [];
      dir = join(directory, `json-${seconds}`);
      const words = ['demo', '--seconds', `${seconds}`, '--rate', '2000', '--dir', dir, '--seed', '7', '--json'];
      const ports = ['--otlp', `http://127.0.0.1:${port}`, '--prometheus-port', `${await freePort(0)}`];
      ended = await start([...words, ...ports]).ended;
      return JSON.parse(ended.stdout) as DemoResult;
    };
    result = await untilTrading(2, run, ({ orders }) => orders[0]!.audited);
  }, TIMEOUT_MILLIS);

  afterAll(() => collector.close());

  test('it ends well and says nothing beside the JSON', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(result).toMatchObject({ interrupted: false, seed: 7, shutdown: { complete: true, pending: 0 } });
    expect(result.elapsedSeconds).toBeGreaterThanOrEqual(2);
  });

  test('every log call is a line of the file, every audit event a line of the audit file, and each line parses', async () => {
    const audit = await linesIn(dir, 'demo-audit');
    const logs = (await linesIn(dir, 'demo')).filter((line) => !audit.includes(line));
    for (const line of [...logs, ...audit]) JSON.parse(line);
    expect(logs).toHaveLength(result.calls.log);
    // Beside events, the trail says how well the clock is known.
    expect(audit.filter((line) => JSON.parse(line).event !== 'hft.clock')).toHaveLength(result.calls.audit);
    expect(result.drops).toEqual([]);
    expect(result.files.reduce((sum, { lines }) => sum + lines, 0)).toBe(logs.length + audit.length);
  });

  test('the background load kept to its rate, and its calls were timed', () => {
    // A busy machine makes fewer, never more.
    expect(result.calls.load).toBeGreaterThan(400);
    expect(result.calls.load).toBeLessThanOrEqual(2_000 * result.elapsedSeconds);
    expect(result.calls.log).toBeGreaterThan(result.calls.load);
    expect(result.callCost.samples).toBe(result.calls.load);
    expect(result.callCost.callNanos.p50).toBeGreaterThan(0);
  });

  test('counter, audit trail and exchange agree on what became of the orders', () => {
    const [placed, filled, cancelled, rejected] = result.orders;
    expect(placed.audited).toBeGreaterThan(5);
    for (const { counter, audited, atExchange } of [placed, filled, rejected]) {
      expect(counter).toBe(audited);
      expect(atExchange).toBe(audited);
    }
    expect(cancelled.audited).toBe(cancelled.atExchange);
    expect(filled.audited + cancelled.audited).toBe(placed.audited);
  });

  test('the timers have percentiles, under the names that dashboards use', () => {
    expect(new Set(result.timers.map(({ name }) => name))).toEqual(new Set(['order_placement', 'rest_request', 'ws_message']));
    for (const { count, percentilesUs } of result.timers) {
      expect(count).toBeGreaterThan(0);
      expect(percentilesUs['50']).toBeGreaterThan(0);
      expect(percentilesUs['99']).toBeGreaterThanOrEqual(percentilesUs['50']);
    }
    expect(result.timers.reduce((sum, { count }) => sum + count, 0)).toBe(result.calls.timer);
  });

  test('the collector got everything the files got', () => {
    expect(requests).toContain('/v1/logs');
    expect(requests).toContain('/v1/metrics');
    expect(result.backends.otlp).toMatchObject({ delivered: result.calls.log + result.calls.audit, droppedTotal: 0, pending: 0 });
  });

  test('the key of the account is in no file', async () => {
    const text = (await linesIn(dir, 'demo')).join('\n');
    expect(text).toContain('"api_key":"[redacted]"');
    expect(text).not.toMatch(/demo-[0-9a-f]{16}/);
  });
});

describe('one second, for people', () => {
  let ended: Ended;
  let taken: number;
  beforeAll(async () => {
    const occupant = createServer();
    taken = await listening(occupant);
    const run = (seconds: number) => {
      const dir = join(directory, `people-${seconds}`);
      return start(['demo', '--seconds', `${seconds}`, '--dir', dir, '--no-otlp', '--prometheus-port', `${taken}`]).ended;
    };
    ended = await untilTrading(1, run, ({ stdout }) => Number(/^placed +(\d+)/m.exec(stdout)?.[1]));
    occupant.close();
  }, TIMEOUT_MILLIS);

  test('it ends well, without a colour in a pipe', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).not.toContain('\u001b');
  });

  test('a port that is taken is said to be, and another one serves', () => {
    expect(ended.stdout).toMatch(
      new RegExp(`metrics +http://127\\.0\\.0\\.1:(?!${taken}/)\\d+/metrics +\\(${taken} is taken\\)`),
    );
    expect(ended.stdout).toMatch(/^prometheus +\d+ +0 +ok$/m);
    expect(ended.stdout).toMatch(/^\d{2,} series on \/metrics$/m);
  });

  test.each([
    /^ +1\.\d s +[\d,]+ records +\d+ orders/m,
    /^Finished after \d+\.\d s\. Everything logged was delivered\.$/m,
    /^log calls +[\d,]+$/m,
    /^file +[\d,]+ +0 +0 +0 +[\d.]+ [kM]B +ok$/m,
    /^audit +[\d,]+ +0 +0 +0 +[\d.]+ [kM]B +ok$/m,
    /^Drops .*\n─+\nnone$/m,
    /^Cost on the caller's thread +p50 +p99 +p99\.9 +max$/m,
    /^log call, 4 fields +[\d.]+ [nµm]s/m,
    /^Timers +count +p50 +p95 +p99 +p99\.9 +max$/m,
    /^placed +(\d+) +\1 +\1$/m,
    /^ {2}OTLP was not shipped: --no-otlp\./m,
  ])('the account has %s', (pattern) => {
    expect(ended.stdout).toMatch(pattern);
  });

  test('the files it names are there', async () => {
    const [, path] = /tail -n 3 (\S+)/.exec(ended.stdout)!;
    expect(await readFile(path, 'utf8')).toContain('"msg":"order placed"');
  });
});

describe('three processes', () => {
  const words = (dir: string, port: number, seconds: number) => [
    ...['demo', '--processes', '3', '--seconds', `${seconds}`, '--rate', '300', '--dir', dir],
    ...['--no-otlp', '--prometheus-port', `${port}`],
  ];

  test(
    'one account of all: the sum of their files, and the shared page agrees with the audit trails and the exchanges',
    async () => {
      let dir = '';
      const run = async (seconds: number): Promise<DemoResult> => {
        dir = join(directory, `processes-${seconds}`);
        const ended = await start([...words(dir, await freePort(0), seconds), '--json']).ended;
        expect(ended).toMatchObject({ code: 0, stderr: '' });
        return JSON.parse(ended.stdout) as DemoResult;
      };
      const result = await untilTrading(2, run, ({ orders }) => orders[0]!.audited);
      expect(result).toMatchObject({ interrupted: false, drops: [], shutdown: { complete: true, pending: 0 } });
      const folders = await readdir(dir);
      expect(folders.sort()).toEqual(['process-1', 'process-2', 'process-3']);
      const lines = async (prefix: string) =>
        (await Promise.all(folders.map((folder) => linesIn(join(dir, folder), prefix)))).flat();
      expect(await lines('demo.jsonl')).toHaveLength(result.calls.log);
      expect(result.backends.file).toMatchObject({ delivered: result.calls.log, state: 'ok' });
      // Each at its own exchange: another one refuses its orders.
      const ready = (await lines('demo.jsonl')).map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'REST client ready');
      expect(new Set(ready.map(({ base_url }) => base_url)).size).toBe(3);
      const [placed, filled, , rejected] = result.orders;
      expect(placed!.audited).toBeGreaterThan(0);
      for (const { counter, audited, atExchange } of [placed!, filled!, rejected!])
        expect([counter, atExchange]).toEqual([audited, audited]);
    },
    TIMEOUT_MILLIS,
  );

  test(
    'a signal to the first of them ends all, drained',
    async () => {
      const dir = join(directory, 'processes-interrupted');
      const running = start(words(dir, await freePort(0), 60));
      await running.seen(/\d\.\d s +[\d,]+ records/);
      running.kill('SIGINT');
      const ended = await running.ended;
      expect(ended).toMatchObject({ code: 130, stderr: '' });
      expect(ended.stdout).toMatch(/^Interrupted after \d+\.\d s\. Everything logged was delivered\.$/m);
    },
    TIMEOUT_MILLIS,
  );
});

describe('an early end', () => {
  const words = (dir: string) => [
    'demo',
    '--seconds',
    '60',
    '--rate',
    '1000',
    '--dir',
    dir,
    '--no-otlp',
    '--prometheus-port',
    '9464',
  ];

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s drains, prints the account, loses nothing, and the exit code says %d',
    async (signal, code) => {
      const dir = join(directory, signal);
      const running = start(words(dir));
      await running.seen(/\d\.\d s +[\d,]+ records/);
      // A terminal and npm both pass a Ctrl-C on; two at once are one.
      running.kill(signal);
      running.kill(signal);
      const ended = await running.ended;
      expect(ended).toMatchObject({ code, stderr: '' });
      expect(ended.stdout).toMatch(/^Interrupted after \d+\.\d s\. Everything logged was delivered\.$/m);
      const [, calls] = /^log calls +([\d,]+)$/m.exec(ended.stdout)!;
      const audit = await linesIn(dir, 'demo-audit');
      const all = await linesIn(dir, 'demo');
      expect(all.length - audit.length).toBe(Number(calls.replaceAll(',', '')));
    },
    TIMEOUT_MILLIS,
  );

  test(
    'what has not arrived at its end is told, and the exit code says 1',
    async () => {
      const dir = join(directory, 'unheard');
      // Nobody listens on the port called discard.
      const words = ['demo', '--seconds', '1', '--rate', '100', '--dir', dir, '--otlp', 'http://127.0.0.1:9'];
      const { code, stdout } = await start(words).ended;
      expect(code).toBe(1);
      expect(stdout).toMatch(/^otlp .* (degraded|failed)$/m);
      expect(stdout).toContain('Nothing listens there');
    },
    TIMEOUT_MILLIS,
  );

  test(
    'a reader that goes away ends the run, and what was logged is delivered',
    async () => {
      const dir = join(directory, 'hung-up');
      const running = start(words(dir));
      await running.seen(/\d\.\d s +[\d,]+ records/);
      running.hangUp();
      expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
      const messages = (await linesIn(dir, 'demo.jsonl')).map((line) => (JSON.parse(line) as { msg: string }).msg);
      expect(messages).toContain('market maker stopped');
    },
    TIMEOUT_MILLIS,
  );
});
