/**
 * The live page's server, against real instances. What a browser makes of it is tested in test/browser.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../../src/control/client.ts';
import { PAGE_PATH, type PageAnswer } from '../../src/control/protocol.ts';
import { socketsIn } from '../../src/control/sockets.ts';
import { createLogging, type Logging, type LoggingConfig } from '../../src/index.ts';
import type { RecordsAnswer, StreamEvent } from '../../src/page/protocol.ts';
import { MAIN } from '../demo/demo-process.ts';
import { buildPageForTests } from './built-page.ts';

const root = mkdtempSync(join(tmpdir(), 'hft-page-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(buildPageForTests);

const open: Logging[] = [];
const ends: (() => void)[] = [];
let directories = 0;
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await Promise.all(open.splice(0).map((logging) => logging.shutdown()));
});

interface Page {
  readonly logging: Logging;
  readonly directory: string;
  readonly origin: string;
  readonly port: number;
  readonly token: string;
}

/** An instance, and its page as the command opens it. */
async function start(config: LoggingConfig = {}): Promise<Page> {
  const directory = join(root, `d${directories++}`);
  const logging = createLogging({
    service: { name: 'gateway' },
    diagnosticLevel: 'none',
    control: { enabled: true, directory },
    backends: { memory: { enabled: true } },
    ...config,
  });
  open.push(logging);
  await logging.ready;
  while (socketsIn(directory).length === 0) await pause(5);
  const { url } = await ask<PageAnswer>(socketsIn(directory)[0].path, 'POST', PAGE_PATH);
  const { origin, port, hash } = new URL(url!);
  return { logging, directory, origin, port: Number(port), token: new URLSearchParams(hash.slice(1)).get('token')! };
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** By Node's own client: fetch does not let a test choose Host and Origin. */
function get(page: Page, path: string, headers: Record<string, string> = {}, method = 'GET', body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: page.port,
        path,
        method,
        agent: false,
        headers: { authorization: `Bearer ${page.token}`, ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const recordsOf = async (page: Page, query = '') =>
  (JSON.parse((await get(page, `/api/records.json${query}`)).text) as RecordsAnswer).records;

/** Events of a stream as they come. */
function follow(page: Page, query = '') {
  const events: StreamEvent[] = [];
  let rest = '';
  const asked = request(
    {
      host: '127.0.0.1',
      port: page.port,
      path: `/api/stream${query}`,
      agent: false,
      headers: { authorization: `Bearer ${page.token}` },
    },
    (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        events.push(...lines.map((line) => JSON.parse(line) as StreamEvent));
      });
      response.on('error', () => {});
    },
  );
  asked.on('error', () => {});
  asked.end();
  ends.push(() => asked.destroy());
  return {
    records: () => events.flatMap(({ records }) => records),
    sum: (what: 'skipped' | 'unseen') => events.reduce((sum, event) => sum + event[what], 0),
    until: async (isEnough: () => boolean) => {
      while (events.length === 0 || !isEnough()) await pause(10);
    },
  };
}

describe('the page', () => {
  test('is not there until somebody asks for it, and not any more when it is closed', async () => {
    const page = await start();
    expect((await get(page, '/')).status).toBe(200);
    expect(await ask<PageAnswer>(socketsIn(page.directory)[0].path, 'DELETE', PAGE_PATH)).toEqual({});
    await expect(get(page, '/')).rejects.toThrow('ECONNREFUSED');
    const again = await ask<PageAnswer>(socketsIn(page.directory)[0].path, 'POST', PAGE_PATH);
    expect(again.url).not.toContain(page.token);
  });

  test('is one file that runs its own script and style, and asks nobody else', async () => {
    const page = await start();
    const { text, headers } = await get(page, '/');
    expect(text).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(text).toContain('Copyright (c) 2022 Leon Sorokin');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; connect-src 'self';/,
    );
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });

  test('answers while the application’s thread is blocked, with what was logged meanwhile', async () => {
    const page = await start();
    page.logging.getLogger('a').info('before', { order_id: 17 });
    page.logging.getLogger('a').warn('careful', { order_id: 18 });
    const script = `
      const headers = { authorization: 'Bearer ${page.token}' };
      let records = [];
      while (records.length < 2) ({ records } = await (await fetch('${page.origin}/api/records.json', { headers })).json());
      process.stdout.write(JSON.stringify(records));`;
    // This thread waits for the other process: nothing of its loop turns until that has its answer.
    const records = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }));
    expect(records).toMatchObject([
      { level: 'info', logger: 'a', msg: 'before', order_id: 17 },
      { level: 'warning', msg: 'careful', order_id: 18 },
    ]);
  });

  test('has the address and the token that are configured, without a control socket', async () => {
    const token = 'a-token-of-a-test-0123456789';
    const free = await start();
    await ask(socketsIn(free.directory)[0].path, 'DELETE', PAGE_PATH);
    const logging = createLogging({
      diagnosticLevel: 'none',
      control: { enabled: false },
      page: { port: free.port, token },
      backends: { memory: { enabled: true } },
    });
    open.push(logging);
    await logging.ready;
    const page = { ...free, logging, token };
    let answer: Answer | undefined;
    while (answer === undefined) answer = await get(page, '/api/status.json').catch(() => pause(10).then(() => undefined));
    expect(answer.status).toBe(200);
  });

  test('that cannot have its port is told of, and nothing else happens', async () => {
    const { port } = await start();
    const logging = createLogging({ diagnosticLevel: 'none', page: { port }, backends: { memory: { enabled: true } } });
    open.push(logging);
    await logging.ready;
    while (!logging.health().warnings.some((warning) => warning.startsWith('HFT_PAGE'))) await pause(10);
    logging.getLogger('a').info('goes on');
    expect(await logging.flush()).toMatchObject({ complete: true });
  });

  test('a command prints its address, and closes it', async () => {
    const page = await start();
    const command = (...words: string[]) =>
      execFileSync(process.execPath, [MAIN, 'page', '--directory', page.directory, ...words], { encoding: 'utf8' });
    expect(command().trim()).toBe(`${page.origin}/#token=${page.token}`);
    expect(JSON.parse(command('--json'))).toMatchObject({ service: 'gateway', pid: process.pid });
    expect(command('--close')).toContain('is closed');
    await expect(get(page, '/')).rejects.toThrow();
  });
});

describe('records', () => {
  test('come as they are logged, audit events too', async () => {
    const page = await start();
    const stream = follow(page);
    await stream.until(() => true);
    page.logging.getLogger('a').info('one', { qty: 0.5 });
    page.logging.getLogger('a').audit('order_placed', { order_id: 1 });
    await stream.until(() => stream.records().length === 2);
    expect(stream.records()).toMatchObject([
      { msg: 'one', qty: 0.5 },
      { event: 'order_placed', audit_seq: 1 },
    ]);
  });

  test('pass by level, text, field, tag, logger, and the opposite of each', async () => {
    const page = await start();
    const log = page.logging.getExchangeLogger('mexc', 'orders');
    log.debug('book update', { depth: 20 });
    log.info('order placed', { order_id: 17, qty: 0.5 });
    log.error('order Refused', { order_id: 18, qty: 2 });
    log.audit('order_placed', { order_id: 17 });
    page.logging.getLogger('other').info('heartbeat');
    while ((await recordsOf(page)).length < 5) await pause(10);
    const passing = async (level: string, query: string) =>
      (await recordsOf(page, `?level=${level}&query=${encodeURIComponent(query)}`)).map(({ msg, event }) => msg ?? event);
    expect(await passing('error', '')).toEqual(['order Refused', 'order_placed']);
    expect(await passing('audit', '')).toEqual(['order_placed']);
    expect(await passing('trace', 'REFUSED')).toEqual(['order Refused']);
    expect(await passing('trace', '"order placed"')).toEqual(['order placed']);
    expect((await passing('trace', 'order_id=17')).sort()).toEqual(['order placed', 'order_placed']);
    expect(await passing('trace', 'qty>=0.5 -refused')).toEqual(['order placed']);
    expect(await passing('info', 'tag:mexc msg~order')).toEqual(['order placed', 'order Refused']);
    expect(await passing('trace', '-logger:exchange.*')).toEqual(['heartbeat']);
    expect((await get(page, '/api/records.json?query=qty%3Emany')).text).toContain('compares numbers');
    expect((await get(page, '/api/records.json?level=loud')).status).toBe(400);
  });

  test('of a flood are as many as can be read; the others are counted, and errors are among those that are seen', async () => {
    const page = await start({ ringBufferSize: 1_000_000 });
    const stream = follow(page);
    await stream.until(() => true);
    const log = page.logging.getLogger('flood');
    const calls = 200_000;
    for (let i = 0; i < calls; i++) log.info('tick', { i });
    log.error('behind the flood');
    await page.logging.flush();
    await stream.until(() => stream.records().length + stream.sum('skipped') + stream.sum('unseen') === calls + 1);
    expect(stream.records().length).toBeLessThan(5_000);
    expect((await recordsOf(page, '?level=error')).map(({ msg }) => msg)).toEqual(['behind the flood']);
    expect(page.logging.health().lanes.logs).toMatchObject({ accepted: calls + 1, droppedTotal: 0 });
  });

  test('that are longer than a person reads do not stop the others', async () => {
    const page = await start();
    const log = page.logging.getLogger('a');
    log.info('long', { text: 'x'.repeat(60_000) });
    log.info('short');
    while ((await recordsOf(page)).length < 2) await pause(10);
    const [cut, short] = await recordsOf(page);
    expect(cut).toMatchObject({ msg: 'long', page_shortened: expect.stringContaining('characters') });
    expect(short).toMatchObject({ msg: 'short' });
  });
});

describe('levels', () => {
  test('are set and taken back as the command does it', async () => {
    const page = await start({ level: 'info' });
    const log = page.logging.getLogger('a.b');
    const change = JSON.stringify({ level: 'debug', pattern: 'a.*', forMillis: 60_000 });
    const answer = await get(page, '/api/levels.json', {}, 'POST', change);
    expect(JSON.parse(answer.text)).toMatchObject({ level: 'info', overrides: [{ pattern: 'a.*', level: 'debug' }] });
    expect(log.isEnabled('debug')).toBe(true);
    await get(page, '/api/levels.json?pattern=a.*', {}, 'DELETE');
    expect(log.isEnabled('debug')).toBe(false);
    expect((await get(page, '/api/levels.json', {}, 'POST', '{"level":"loud"}')).status).toBe(400);
    expect((await get(page, '/api/levels.json', {}, 'POST', 'x'.repeat(100_000))).status).toBe(413);
  });
});

describe('who may ask', () => {
  const PATHS = ['/api/status.json', '/api/records.json', '/api/stream', '/api/levels.json'];

  test.each(PATHS)('%s is for those who have the token', async (path) => {
    const page = await start();
    for (const authorization of ['', 'Bearer wrong', `Bearer ${page.token}x`, `Basic ${page.token}`]) {
      const { status, text } = await get(page, path, { authorization });
      expect([status, text]).toEqual([401, expect.stringContaining('hft-otel page')]);
    }
    const method = path === '/api/levels.json' ? 'POST' : 'GET';
    expect((await get(page, path, { authorization: 'Bearer wrong' }, method, '{"level":"trace"}')).status).toBe(401);
  });

  test('a page of the internet reaches nothing: not under a name of its own, not from its origin', async () => {
    const page = await start();
    for (const path of ['/', '/health', ...PATHS]) {
      expect((await get(page, path, { host: 'evil.example.com' })).status).toBe(403);
      expect((await get(page, path, { origin: 'https://evil.example.com' })).status).toBe(403);
      expect((await get(page, path, { origin: 'null' })).status).toBe(403);
      expect((await get(page, path, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    }
    const own = { host: `127.0.0.1:${page.port}`, origin: `http://127.0.0.1:${page.port}`, 'sec-fetch-site': 'same-origin' };
    expect((await get(page, '/api/status.json', own)).status).toBe(200);
  });

  test('behind a TLS proxy that passes the Host header on, levels can be set: the browser says that it is at https', async () => {
    const page = await start({ page: { allowedHosts: ['page.example.com'] } });
    const own = { host: 'page.example.com:8443', origin: 'https://page.example.com:8443', 'sec-fetch-site': 'same-origin' };
    const body = '{"level":"trace","pattern":"a"}';
    expect((await get(page, '/api/levels.json', own, 'POST', body)).status).toBe(200);
    const { status, text } = await get(page, '/api/levels.json', { ...own, host: `127.0.0.1:${page.port}` }, 'POST', body);
    expect([status, text]).toEqual([403, expect.stringContaining('must pass the Host header on')]);
    expect((await get(page, '/api/levels.json', { ...own, origin: 'https://page.example.com' }, 'POST', body)).status).toBe(403);
  });

  test('a proxy that gathers answers is told to pass records on at once', async () => {
    const page = await start();
    const headers = { authorization: `Bearer ${page.token}` };
    const asked = request({ host: '127.0.0.1', port: page.port, path: '/api/stream', agent: false, headers }).end();
    ends.push(() => asked.destroy());
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.headers['x-accel-buffering']).toBe('no');
  });

  test('a method that a path does not answer is told the ones that it does', async () => {
    const page = await start();
    for (const path of ['/', '/health', ...PATHS]) {
      const { status, headers } = await get(page, path, {}, 'PUT');
      expect([path, status, headers.allow]).toEqual([
        path,
        405,
        path.startsWith('/api/') ? (path === '/api/levels.json' ? 'GET, POST, DELETE' : 'GET') : 'GET, HEAD',
      ]);
    }
  });

  test('a name that begins with the name of this machine is somebody else’s, unless it is configured', async () => {
    const page = await start();
    const { status, text } = await get(page, '/health', { host: `${hostname()}.evil.example` });
    expect([status, text]).toEqual([403, expect.stringContaining('page.allowedHosts')]);
  });

  test('a probe needs no token, and learns no more than the state', async () => {
    const page = await start();
    const { status, text } = await get(page, '/health', { authorization: '' });
    expect([status, JSON.parse(text)]).toEqual([200, { status: 'ok' }]);
  });
});

describe('what clients do cannot hurt', () => {
  test('1,000 connections that say nothing, and 100 that do not finish their request', async () => {
    const page = await start();
    const sockets: Socket[] = [];
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let i = 0; i < 1_100; i++) {
      const socket = connect(page.port, '127.0.0.1').on('error', () => {});
      if (i % 11 === 0) socket.write('GET /api/status.json HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ');
      sockets.push(socket);
    }
    await pause(100);
    expect((await get(page, '/api/status.json')).status).toBe(200);
    page.logging.getLogger('a').info('goes on');
    expect(await page.logging.flush({ timeoutMillis: 25_000 })).toMatchObject({ complete: true });
  });

  test('readers that take nothing are written a bounded amount, and the others are served', async () => {
    const page = await start();
    const stuck = Array.from({ length: 8 }, () => {
      const socket = connect(page.port, '127.0.0.1').on('error', () => {});
      socket.write(`GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${page.token}\r\n\r\n`);
      socket.pause();
      return socket;
    });
    ends.push(() => {
      for (const socket of stuck) socket.destroy();
    });
    const stream = follow(page);
    const log = page.logging.getLogger('a');
    const before = process.memoryUsage().rss;
    const long = 'x'.repeat(2_000);
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 500; i++) log.info('tick', { round, long });
      await pause(130);
    }
    // Of a tick only so many are listed: the last is said again until it is among them.
    while (!stream.records().some(({ msg }) => msg === 'last')) {
      log.info('last');
      await pause(100);
    }
    // Eight readers of a few MiB each; without a bound it would be twelve rounds of a megabyte for each.
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1_048_576);
  });

  test('more streams than there are pages that anybody has open are refused', async () => {
    const page = await start();
    const streams = Array.from({ length: 16 }, () => follow(page));
    await Promise.all(streams.map((stream) => stream.until(() => true)));
    const { status, text } = await get(page, '/api/stream');
    expect([status, text]).toEqual([503, expect.stringContaining('open already')]);
    expect((await get(page, '/api/status.json')).status).toBe(200);
  });

  test('queries that are long, deep, broken or many', async () => {
    const page = await start();
    page.logging.getLogger('a').info('one');
    const statusOf = async (path: string) => (await get(page, path)).status;
    expect(await statusOf(`/api/records.json?query=${'x'.repeat(1_001)}`)).toBe(400);
    expect(await statusOf(`/api/records.json?query=${'x+'.repeat(100)}`)).toBe(400);
    expect(await statusOf(`/api/records.json?query=${'x'.repeat(20_000)}`)).toBe(431);
    expect(await statusOf('/api/records.json?query=%ff%00"""---===')).toBe(200);
    expect(await statusOf(`/api/records.json?query=${'a.'.repeat(400)}b=1`)).toBe(200);
    expect(await statusOf(`/api/records.json?query=logger:${'*a'.repeat(300)}`)).toBe(200);
    expect(await statusOf('/api/records.json?limit=1e9')).toBe(400);
    expect(await statusOf('//')).toBe(400);
    expect(await statusOf('/__proto__')).toBe(404);
    expect(await statusOf('/constructor')).toBe(404);
  });
});
