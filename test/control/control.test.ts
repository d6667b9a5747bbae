/**
 * The control socket, against a real instance. The command is run synchronously where it matters: this thread, which has made the instance, is blocked meanwhile.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { LevelBoard } from '../../src/caller/level-board.ts';
import { ask, ControlRefused } from '../../src/control/client.ts';
import { LevelControl } from '../../src/control/level-control.ts';
import { type ControlStatus, LEVELS_PATH, type LevelsAnswer, STATUS_PATH } from '../../src/control/protocol.ts';
import { socketPath, socketsIn } from '../../src/control/sockets.ts';
import { createLogging, type Logging } from '../../src/index.ts';
import { allocateSignals } from '../../src/memory/signals.ts';
import { LEVELS } from '../../src/record.ts';
import { MAIN } from '../demo/demo-process.ts';

const root = mkdtempSync(join(tmpdir(), 'hft-control-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const open: Logging[] = [];
let directories = 0;
afterEach(async () => {
  await Promise.all(open.splice(0).map((logging) => logging.shutdown()));
});

const freshDirectory = () => join(root, `d${directories++}`);

async function start(directory: string, level: 'info' | 'debug' = 'info'): Promise<Logging> {
  const logging = createLogging({
    service: { name: 'gateway' },
    level,
    diagnosticLevel: 'none',
    control: { enabled: true, directory },
    backends: { memory: { enabled: true } },
  });
  open.push(logging);
  await logging.ready;
  return logging;
}

/** The socket is opened behind the first records. */
async function socketOf(directory: string, count = 1): Promise<string> {
  for (;;) {
    const sockets = socketsIn(directory);
    if (sockets.length >= count) return sockets[count - 1].path;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const command = (directory: string, ...words: string[]) =>
  execFileSync(process.execPath, [MAIN, ...words, '--directory', directory], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

describe('a running process', () => {
  test('answers and obeys while its own thread is blocked', async () => {
    const directory = freshDirectory();
    const logging = await start(directory);
    await socketOf(directory);
    const log = logging.getLogger('a.b');
    expect(log.isEnabled('debug')).toBe(false);
    const rules = JSON.parse(command(directory, 'level', 'set', 'debug', 'a.*', '--json')) as LevelsAnswer;
    // This thread's loop has not turned since: its next call knows all the same.
    expect(log.isEnabled('debug')).toBe(true);
    expect(rules).toMatchObject({
      service: 'gateway',
      pid: process.pid,
      level: 'info',
      overrides: [{ pattern: 'a.*', level: 'debug' }],
    });
    expect(logging.getLogger('c').isEnabled('debug')).toBe(false);
    command(directory, 'level', 'reset', 'a.*');
    expect(log.isEnabled('debug')).toBe(false);
  });

  test('a level that was set for a while is taken back, and what the program has set meanwhile holds', async () => {
    const directory = freshDirectory();
    const logging = await start(directory);
    const socket = await socketOf(directory);
    const log = logging.getLogger('a');
    await ask(socket, 'POST', LEVELS_PATH, { level: 'trace', forMillis: 300 });
    expect(log.isEnabled('trace')).toBe(true);
    logging.setLevel('a', 'error');
    expect(log.isEnabled('warning')).toBe(false);
    expect(logging.getLogger('b').isEnabled('trace')).toBe(true);
    while (logging.getLogger('b').isEnabled('trace')) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(log.isEnabled('error')).toBe(true);
    expect(log.isEnabled('warning')).toBe(false);
  });

  test('tells what it has taken, delivered and measured', async () => {
    const directory = freshDirectory();
    const logging = await start(directory);
    const socket = await socketOf(directory);
    logging.getLogger('a').info('one');
    logging.getLogger('a').counter('orders', 3, { exchange: 'mexc' });
    await logging.flush();
    const status = await ask<ControlStatus>(socket, 'GET', STATUS_PATH);
    const health = logging.health();
    expect(status.health.lanes).toEqual(health.lanes);
    expect(status.health.backends).toEqual(health.backends);
    expect(status.metrics.metrics.find(({ name }) => name === 'orders')?.series).toEqual([
      { tags: { exchange: 'mexc' }, value: 3 },
    ]);
    expect(status).toMatchObject({ service: 'gateway', pid: process.pid });
  });

  test('top --once shows it at 80 columns and as JSON', async () => {
    const directory = freshDirectory();
    const logging = await start(directory);
    await socketOf(directory);
    logging.getLogger('a').metric('ack_duration_us', 1_500);
    const shown = command(directory, 'top', '--once', '--interval', '0.1');
    expect(shown).toMatch(/^gateway {3}process \d+/);
    expect(shown).toMatch(/^logs +0 +0 +0 +0 +0\.0 %$/m);
    expect(shown).toMatch(/^memory +ok /m);
    expect(shown).toMatch(/^ack_duration_us +1 .*1\.5ms/m);
    expect(JSON.parse(command(directory, 'top', '--once', '--interval', '0.1', '--json'))).toMatchObject({
      service: 'gateway',
      lanes: [{ lane: 'logs', dropped: 0 }, { lane: 'audit' }],
    });
  });

  test('its socket goes with it', async () => {
    const directory = freshDirectory();
    const logging = await start(directory);
    const socket = await socketOf(directory);
    await logging.shutdown();
    expect(existsSync(socket)).toBe(false);
    await expect(ask(socket, 'GET', STATUS_PATH)).rejects.toThrow(ControlRefused);
  });
});

describe('who may use it', () => {
  test('socket 0600 in a directory 0700, whatever the directory was before', async () => {
    const directory = freshDirectory();
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    await start(directory);
    const socket = await socketOf(directory);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test('a directory behind a link, or that is a file, is refused with a warning, and logging goes on', async () => {
    const real = freshDirectory();
    mkdirSync(real);
    const link = freshDirectory();
    symlinkSync(real, link);
    const file = freshDirectory();
    writeFileSync(file, '');
    for (const directory of [link, file]) {
      const logging = await start(directory);
      while (logging.health().warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(logging.health().warnings.join()).toMatch(
        /HFT_CONTROL: The control socket cannot be opened: .*[^.]\. Logging goes on; .*Set control\.directory/,
      );
      logging.getLogger('a').info('x');
      expect((await logging.flush()).complete).toBe(true);
    }
  });
});

describe('sockets of the dead', () => {
  test('are replaced and removed; those of the living stay', async () => {
    const directory = freshDirectory();
    mkdirSync(directory, { mode: 0o700 });
    const leave = (path: string) =>
      execFileSync(
        process.execPath,
        [
          '-e',
          `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
          ' ',
        ].slice(0, 2),
        { stdio: 'ignore' },
      );
    const own = socketPath(directory, 'gateway', process.pid, 1);
    const dead = socketPath(directory, 'gateway', 4_194_305, 1);
    const living = socketPath(directory, 'other', 1, 1);
    for (const path of [own, dead]) expect(() => leave(path)).toThrow();
    expect([own, dead].map((path) => existsSync(path))).toEqual([true, true]);
    const other = createServer().listen(living);
    await start(directory);
    while (existsSync(dead)) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect.poll(() => ask<LevelsAnswer>(own, 'GET', LEVELS_PATH).catch(() => undefined)).toMatchObject({ level: 'info' });
    expect(existsSync(living)).toBe(true);
    other.close();
  });

  test('two instances of one process have one each', async () => {
    const directory = freshDirectory();
    await start(directory);
    await socketOf(directory);
    await start(directory, 'debug');
    await socketOf(directory, 2);
    const answers = await Promise.all(socketsIn(directory).map(({ path }) => ask<LevelsAnswer>(path, 'GET', LEVELS_PATH)));
    expect(answers.map(({ level }) => level).sort()).toEqual(['debug', 'info']);
    expect(() => command(directory, 'level', 'get')).toThrow(/There are 2 processes/);
  });
});

describe('bad input', () => {
  test('whatever is asked, the answer is JSON with a reason, and the next one is served', async () => {
    const directory = freshDirectory();
    await start(directory);
    const socket = await socketOf(directory);
    const path = fc.oneof(
      fc.constantFrom(STATUS_PATH, LEVELS_PATH, '/', '/v1/levels?pattern=%00', '//', '/v1/levels?pattern=none'),
      fc.webPath(),
    );
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS');
    const body = fc.oneof(
      fc.json(),
      fc
        .record(
          {
            level: fc.oneof(fc.constantFrom(...LEVELS, 'loud'), fc.integer()),
            pattern: fc.oneof(fc.string(), fc.constant(null)),
            forMillis: fc.oneof(fc.double(), fc.string()),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
      fc.constant('x'.repeat(5_000)),
    );
    await fc.assert(
      fc.asyncProperty(method, path, body, async (verb, target, text) => {
        const { status, answer } = await raw(socket, verb, target, verb === 'GET' ? undefined : text);
        expect([200, 400, 404, 405, 413]).toContain(status);
        if (status !== 200) expect(answer).toEqual({ error: expect.any(String) });
      }),
      { numRuns: 150 },
    );
    expect((await ask<LevelsAnswer>(socket, 'DELETE', LEVELS_PATH)).overrides).toEqual([]);
  });

  test('no HTTP at all, half a request, and an answer that nobody reads', async () => {
    const directory = freshDirectory();
    await start(directory);
    const socket = await socketOf(directory);
    const rude = [
      '\u0000\u0001\u0002\r\n\r\n',
      'GET /v1/status HTTP/1.1\r\n',
      `GET ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\n\r\n`,
      `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`,
    ];
    const sockets = rude.map((text) => {
      const each = connect(socket).on('error', () => {});
      each.pause().write(text);
      return each;
    });
    expect(await ask(socket, 'GET', LEVELS_PATH)).toMatchObject({ level: 'info' });
    for (const each of sockets) each.destroy();
  });

  test('1,000 connections: those beyond the limit are closed, records flow, and afterwards it answers', async () => {
    const directory = freshDirectory();
    const logging = await start(directory);
    const socket = await socketOf(directory);
    const sockets: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < 1_000; i++) {
      const each = connect(socket).on('error', () => {});
      each.on('close', () => closed++).resume();
      sockets.push(each);
    }
    while (closed < 900) await new Promise((resolve) => setTimeout(resolve, 10));
    logging.getLogger('a').info('x');
    expect((await logging.flush()).complete).toBe(true);
    for (const each of sockets) each.destroy();
    await expect
      .poll(() => ask<LevelsAnswer>(socket, 'GET', LEVELS_PATH).catch(() => undefined))
      .toMatchObject({ level: 'info' });
  });

  test('rules that do not fit are refused, and those before hold', async () => {
    const directory = freshDirectory();
    await start(directory);
    const socket = await socketOf(directory);
    let refused: unknown;
    for (let i = 0; i < 100 && refused === undefined; i++)
      await ask(socket, 'POST', LEVELS_PATH, { level: 'debug', pattern: `${'x'.repeat(200)}${i}` }).catch(
        (error) => (refused = error),
      );
    expect(String(refused)).toMatch(/too many levels set/);
    expect((await ask<LevelsAnswer>(socket, 'GET', LEVELS_PATH)).overrides.length).toBeGreaterThan(10);
  });
});

test('a worker that follows takes back what was due while there was none', () => {
  const signals = allocateSignals();
  const initial = { level: 'info', levels: {} } as const;
  const first = new LevelControl(new LevelBoard(signals, initial), () => 1_000);
  first.set({ level: 'debug', forMillis: 500 });
  first.set({ level: 'debug', pattern: 'a', forMillis: 60_000 });
  first.close();
  const second = new LevelControl(new LevelBoard(signals, initial), () => 2_000);
  expect(second.answer.overrides).toEqual([{ pattern: 'a', level: 'debug', untilUnixMillis: 61_000 }]);
  second.close();
});

function raw(
  socketPath: string,
  method: string,
  path: string,
  body: string | undefined,
): Promise<{ status: number; answer: unknown }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, method, path, agent: false, headers: { 'content-length': Buffer.byteLength(body ?? '') } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, answer: JSON.parse(text) }));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}
