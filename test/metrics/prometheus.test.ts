import { createConnection, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Families } from '../../src/backends/prometheus/families.ts';
import { MetricsPage } from '../../src/backends/prometheus/page.ts';
import { conflictWarner } from '../../src/backends/prometheus/page-source.ts';
import { PrometheusBackend } from '../../src/backends/prometheus/prometheus.ts';
import { pageText } from '../../src/backends/prometheus/text.ts';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import { RingMeterProvider } from '../../src/otel/meter-provider.ts';
import { PATIENCE } from '../support/patience.ts';
import { type Counted, counted } from './support/counted.ts';
import { parseExposition } from './support/exposition.ts';
import { exposition, pageSourceOf, sourceOf } from './support/page.ts';
import { type Rig, rig } from './support/rig.ts';

const backends: Counted<PrometheusBackend>[] = [];
afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.close();
});

async function serve(
  made: Rig,
  options: Partial<ConstructorParameters<typeof PrometheusBackend>[0]> = {},
): Promise<{ backend: Counted<PrometheusBackend>; url: string }> {
  const backend = counted(PrometheusBackend, {
    source: sourceOf(made.collector),
    host: '127.0.0.1',
    port: 0,
    endpoint: '/metrics',
    ...options,
  });
  backends.push(backend);
  await backend.start();
  return { backend, url: `http://127.0.0.1:${backend.port}/metrics` };
}

async function textOf(made: Rig, onConflict?: (name: string) => void): Promise<string> {
  const { resourceMetrics } = await new SeriesProducer(made.collector).collect();
  return exposition(resourceMetrics, onConflict ? { onConflict } : {});
}

/** Sends raw bytes and collects what comes back until the server closes the connection or `millis` pass. */
function raw(port: number, bytes: string | Buffer, millis = 300): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    setTimeout(() => socket.destroy(), millis);
  });
}

describe('the exposition', () => {
  test('shows metrics under the names that the user wrote, with nothing appended', async () => {
    const made = rig();
    made.meter.counter('orders_placed_total', 3, { exchange: 'mexc' });
    made.meter.counter('orders', 1);
    made.meter.metric('order_placement_duration_us', 7, { exchange: 'mexc' });
    made.meter.metric('queue.depth', 2.5);
    const text = await textOf(made);
    expect(text).toContain('# TYPE orders_placed_total counter\norders_placed_total{exchange="mexc"} 3\n');
    expect(text).toContain('# TYPE orders counter\norders 1\n');
    expect(text).toContain(
      'order_placement_duration_us_bucket{exchange="mexc",le="5"} 0\norder_placement_duration_us_bucket{exchange="mexc",le="10"} 1\n',
    );
    expect(text).toContain('order_placement_duration_us_bucket{exchange="mexc",le="+Inf"} 1\n');
    expect(text).toContain(
      'order_placement_duration_us_sum{exchange="mexc"} 7\norder_placement_duration_us_count{exchange="mexc"} 1\n',
    );
    expect(text).toContain('# TYPE queue_depth gauge\nqueue_depth 2.5\n');
  });

  test('equals the official serializer’s where that one adds no suffix', async () => {
    const tag = fc.string({ unit: 'binary', maxLength: 12 });
    const call = fc.record({
      kind: fc.constantFrom('counter', 'gauge', 'histogram'),
      value: fc.integer({ min: 0, max: 100_000 }),
      a: tag,
      b: tag,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 30 }), async (calls) => {
        const made = rig();
        for (const { kind, value, a, b } of calls) {
          if (kind === 'counter') made.meter.counter('c_total', value, { a, b });
          else if (kind === 'gauge') made.meter.metric('g', value, { a, b });
          else made.meter.metric('h_duration_us', value, { a, b });
        }
        const { resourceMetrics } = await new SeriesProducer(made.collector, {
          resource: resourceFromAttributes({ 'service.name': 'test' }),
        }).collect();
        const official = parseExposition(new PrometheusSerializer('', false, undefined, false, true).serialize(resourceMetrics));
        const own = parseExposition(exposition(resourceMetrics));
        expect(own.samples).toEqual(official.samples);
        expect(own.types).toEqual(official.types);
      }),
      { numRuns: 100 },
    );
  });

  test('has each series once and never two types of a name, whatever names and tags are used', async () => {
    const name = fc.oneof(
      fc.constantFrom('a.b', 'a_b', 'a', 'a_count', 'a_bucket', 'a_sum', 'target_info', 'A'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    const key = fc.oneof(
      fc.constantFrom('le', 'job', 'a.b', 'a_b', 'a-b', '__name__', 'otel_scope_name', '1', ''),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const call = fc.record({
      front: fc.constantFrom('facade', 'lib', 'lib2'),
      kind: fc.constantFrom('counter', 'gauge', 'histogram'),
      name,
      tags: fc.dictionary(key, fc.oneof(fc.string({ unit: 'binary' }), fc.integer())),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 25 }), async (calls) => {
        const made = rig();
        const provider = new RingMeterProvider(made.meter);
        for (const { front, kind, name, tags } of calls) {
          const meter = provider.getMeter(front);
          if (kind === 'counter') front === 'facade' ? made.meter.counter(name, 1, tags) : meter.createCounter(name).add(1, tags);
          else if (kind === 'gauge')
            front === 'facade' ? made.meter.metric(name, 1, tags) : meter.createGauge(name).record(1, tags);
          else front === 'facade' ? made.meter.bindHistogram(name, tags).record(1) : meter.createHistogram(name).record(1, tags);
        }
        // The parser throws for a line that Prometheus would refuse, a series that stands twice, and a sample outside its family.
        parseExposition(await textOf(made));
      }),
      { numRuns: 300 },
    );
  });

  test('in OpenMetrics no name belongs to two families, and every sample of the text format is there under its name', async () => {
    const name = fc
      .tuple(
        fc.constantFrom('target', 'target_info', 'a', 'a_total', 'a_total_total', 'a_info', 'a_created', 'b', 'total'),
        fc.constantFrom('', '', '_total', '_info', '_created', '_bucket', '_sum', '_count', '_gsum', '_gcount'),
      )
      .map((parts) => parts.join(''));
    const call = fc.record({ kind: fc.constantFrom('counter', 'gauge', 'histogram'), name });
    /** Names that a strict parser takes for a family: those of Prometheus' own for Python (prometheus_client, openmetrics/parser.py, `type_suffixes`). */
    const ENDS: Record<string, string[]> = {
      counter: ['', '_total', '_created'],
      histogram: ['', '_bucket', '_sum', '_count', '_created'],
      info: ['', '_info'],
      gauge: [''],
      unknown: [''],
    };
    const linesOf = (page: string) => page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
        const made = rig();
        for (const { kind, name } of calls) {
          if (kind === 'counter') made.meter.counter(name, 1);
          else if (kind === 'gauge') made.meter.metric(name, 1);
          else made.meter.bindHistogram(name, { a: '1' }).record(1);
        }
        const producer = new SeriesProducer(made.collector, { resource: resourceFromAttributes({ 'service.name': 's' }) });
        const families = await new MetricsPage([producer]).families();
        const page = pageText(families, 'openmetrics');
        const names = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, family, type]) =>
          ENDS[type!]!.map((end) => `${family}${end}`),
        );
        expect(names.filter((each, at) => names.indexOf(each) !== at)).toEqual([]);
        expect(linesOf(page).sort()).toEqual(linesOf(pageText(families, 'text')).sort());
        let allowed: string[] = [];
        for (const line of page.split('\n')) {
          const [, family, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
          if (family !== undefined) allowed = ENDS[type!]!.map((end) => `${family}${end}`);
          else if (line !== '' && !line.startsWith('#')) expect(allowed).toContain(/^[^ {]+/.exec(line)![0]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('tag sets whose keys differ by escaping only are one line with the sum of them, whatever else sorts between', async () => {
    const made = rig();
    made.meter.counter('fills_total', 10, { 'order.side': 'BUY', order_id: '7' });
    made.meter.counter('fills_total', 5, { order_side: 'BUY', order_id: '7' });
    expect(parseExposition(await textOf(made)).samples).toMatchObject({ 'fills_total{order_id="7",order_side="BUY"}': '15' });
    // Keys that become the same label in many ways, among neighbours that sort on either side of the separators.
    const key = fc.constantFrom('a.b', 'a_b', 'a-b', 'a/b', 'a_c', 'a.a', 'aZ', 'a', 'a0', 'b');
    const call = fc.record({ amount: fc.integer({ min: 1, max: 9 }), tags: fc.dictionary(key, fc.constantFrom('x', 'y')) });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 30 }), async (calls) => {
        const many = rig();
        for (const { amount, tags } of calls) many.meter.counter('c_total', amount, tags);
        const { samples } = parseExposition(await textOf(many));
        const values = Object.entries(samples).filter(([series]) => series.startsWith('c_total'));
        expect(values.reduce((sum, [, value]) => sum + Number(value), 0)).toBe(
          calls.reduce((sum, { amount }) => sum + amount, 0),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('leaves out, and reports once, a metric whose name another one has', async () => {
    const made = rig();
    const conflicts: string[] = [];
    const warn = conflictWarner((message) => conflicts.push(message));
    const { url } = await serve(made, { source: pageSourceOf(new MetricsPage([new SeriesProducer(made.collector)], warn)) });
    made.meter.metric('rest_duration_us', 1);
    made.meter.counter('rest_duration_us_count', 5);
    for (let i = 0; i < 3; i++) {
      const { samples } = parseExposition(await (await fetch(url)).text());
      expect(samples.rest_duration_us_count).toBe('1');
    }
    expect(conflicts).toEqual([expect.stringContaining('rest_duration_us_count')]);
  });

  test('tells the scope of metrics that libraries record, so that two libraries may use one name', async () => {
    const made = rig();
    const provider = new RingMeterProvider(made.meter);
    provider.getMeter('http', '1.2').createCounter('requests').add(1, { route: '/' });
    provider.getMeter('grpc').createCounter('requests').add(2);
    const { samples } = parseExposition(await textOf(made));
    expect(samples).toMatchObject({
      'requests{otel_scope_name="http",otel_scope_version="1.2",route="/"}': '1',
      'requests{otel_scope_name="grpc"}': '2',
    });
  });
});

describe('the endpoint', () => {
  test('answers GET and HEAD at its path, compressed when asked, with the media type of the format', async () => {
    const made = rig();
    for (let i = 0; i < 100; i++) made.meter.counter('orders_total', 1, { id: `${i}` });
    const { url, backend } = await serve(made);
    const answer = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const plain = await answer.text();
    expect(plain).toContain('orders_total{id="99"} 1');
    const compressed = await raw(
      backend.port,
      'GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: deflate, gzip;q=0.5\r\nConnection: close\r\n\r\n',
    );
    expect(gunzipSync(Buffer.from(compressed.slice(compressed.indexOf('\r\n\r\n') + 4), 'latin1')).toString()).toBe(plain);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(new URL('/', url))).status).toBe(404);
    expect((await fetch(url, { method: 'POST', body: 'x'.repeat(1e6) })).status).toBe(405);
    expect(backend.state()).toMatchObject({ state: 'ok', delivered: 3, failed: 0 });
  });

  test('a port in use is a state with a remedy, and is taken once it is free', async () => {
    const made = rig();
    const first = await serve(made);
    const second = await serve(made, { port: first.backend.port, listenAgainMillis: 20 });
    expect(second.backend.state()).toMatchObject({
      state: 'failed',
      lastError: expect.stringMatching(/EADDRINUSE.*another one/),
    });
    await first.backend.close();
    await vi.waitFor(() => expect(second.backend.state().state).toBe('ok'), PATIENCE);
    expect((await fetch(first.url)).status).toBe(200);
  });

  test('a host that is not ours is a state, not a crash', async () => {
    const { backend } = await serve(rig(), { host: '203.0.113.7' });
    expect(backend.state()).toMatchObject({ state: 'failed', lastError: expect.stringContaining('backends.prometheus.host') });
  });

  test('a producer that throws does not kill the scrape', async () => {
    const made = rig();
    made.meter.counter('orders_total');
    made.collector.addObservable({
      name: 'hft.broken',
      kind: 'gauge',
      unit: '',
      description: '',
      read: () => {
        throw new Error('broken');
      },
    });
    const broken = { collect: () => Promise.reject(new Error('broken')) };
    const { url } = await serve(made, { source: pageSourceOf(new MetricsPage([new SeriesProducer(made.collector), broken])) });
    expect(await (await fetch(url)).text()).toContain('orders_total 1\n');
  });

  test('malformed, huge, slow and pipelined requests do it no harm', async () => {
    const made = rig();
    made.meter.counter('orders_total');
    const { url, backend } = await serve(made);
    const { port } = backend;
    const hostile = [
      '\r\n\r\n\r\n',
      'GET http://[::bad HTTP/1.1\r\n\r\n',
      'GET //[ HTTP/1.1\r\nHost: x\r\n\r\n',
      `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
      `GET /metrics HTTP/1.1\r\n${'X-H: y\r\n'.repeat(5000)}\r\n`,
      'POST /metrics HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nxxxx',
      'POST /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzzzz',
      'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n',
      'GET /metrics HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
      Buffer.alloc(70_000, 0),
      'GET /metrics HTTP/1.1\r\nHost: slow\r\nX-Unfinished',
    ];
    await Promise.all(hostile.map((bytes) => raw(port, bytes)));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await raw(port, Buffer.from(bytes), 5);
      }),
      { numRuns: 100 },
    );
    const pipelined = await raw(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100), 1_000);
    expect(pipelined.split('HTTP/1.1 200 OK').length - 1).toBe(100);
    expect((await fetch(url)).status).toBe(200);
  });

  test('clients that open connections and say nothing do not keep others out', async () => {
    const { url, backend } = await serve(rig());
    const idle = Array.from({ length: 100 }, () => createConnection(backend.port, '127.0.0.1'));
    for (const socket of idle) socket.on('error', () => {});
    expect((await fetch(url)).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });

  test('a thousand connections that say nothing keep no scrape out, and those being answered stay', async () => {
    const made = rig();
    let finishPage: () => void = () => {};
    let pages = 0;
    const { url, backend } = await serve(made, {
      source: {
        families: async () => {
          if (pages++ === 0) await new Promise<void>((resolve) => (finishPage = resolve));
          const families = new Families();
          families.add({ name: 'ready', type: 'gauge', help: '', samples: [['', 1]] });
          return families;
        },
        onConflict: () => {},
      },
    });
    const slow = fetch(url);
    await vi.waitFor(() => expect(pages).toBe(1), PATIENCE);
    const silent: Socket[] = [];
    for (let i = 0; i < 1_000; i++) silent.push(createConnection(backend.port, '127.0.0.1').on('error', () => {}));
    await vi.waitFor(() => expect(silent.filter(({ destroyed }) => destroyed).length).toBeGreaterThan(800), PATIENCE);
    finishPage();
    expect(await (await slow).text()).toContain('\nready 1\n');
    for (let i = 0; i < 10; i++) expect((await fetch(url)).status).toBe(200);
    for (const socket of silent) socket.destroy();
  });

  test('a request under a name that somebody else may own is refused; addresses, own, private and configured names are served', async () => {
    const made = rig();
    const { backend } = await serve(made, { allowedHosts: ['metrics.example.com', '*.trading.example'] });
    const statusOf = async (host: string | undefined) => {
      const header = host === undefined ? '' : `Host: ${host}\r\n`;
      const answer = await raw(
        backend.port,
        `GET /metrics HTTP/1.${host === undefined ? 0 : 1}\r\n${header}Connection: close\r\n\r\n`,
        1_000,
      );
      return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
    };
    const served = [
      undefined,
      '',
      'localhost',
      'localhost:9464',
      '127.0.0.1',
      '10.1.2.3:9464',
      '[::1]:9464',
      'gateway:9464',
      'GATEWAY',
    ];
    served.push(hostname(), 'gateway.default.svc', 'gw.ns.svc.cluster.local:9464', 'gw.internal.', 'host.docker.internal');
    served.push('metrics.example.com:9464', 'METRICS.example.com', 'a.b.trading.example');
    for (const host of served) expect([host, await statusOf(host)]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      'evil.example:9464',
      'metrics.example.com.evil.example',
      'trading.example',
      '127.0.0.1.evil.example',
      'local.evil',
      // Whoever knows the name of this machine can give it to a name of their own.
      `${hostname()}.evil.example`,
      `${hostname()}.example.net:9464`,
    ])
      expect([host, await statusOf(host)]).toEqual([host, 403]);
    const refused = await raw(
      backend.port,
      `GET /metrics HTTP/1.1\r\nHost: ${hostname()}.example.net\r\nConnection: close\r\n\r\n`,
      1_000,
    );
    expect(refused).toMatch(/the full name of this machine, add it to backends\.prometheus\.allowedHosts/);
  });

  test('many requests at once share collections, and each sees what was counted before it came', async () => {
    const made = rig();
    let collections = 0;
    made.collector.addObservable({
      name: 'hft.collections',
      kind: 'counter',
      unit: '',
      description: '',
      read: () => [{ value: ++collections }],
    });
    const { url } = await serve(made);
    made.meter.counter('orders_total');
    const answers = await Promise.all(Array.from({ length: 60 }, async () => (await fetch(url)).text()));
    for (const text of answers) expect(text).toContain('orders_total 1\n');
    expect(collections).toBeLessThan(60);
    made.meter.counter('orders_total');
    expect(await (await fetch(url)).text()).toContain('orders_total 2\n');
  });

  test('a page of 10,000 series has each of them', async () => {
    const made = rig({ cardinalityLimit: 7000 });
    for (let i = 0; i < 6000; i++) made.meter.counter('orders_total', 1, { exchange: 'mexc', symbol: `SYMBOL-${i}` });
    for (let i = 0; i < 250; i++) made.meter.metric('order_duration_us', i, { exchange: 'mexc', symbol: `SYMBOL-${i}` });
    const text = await textOf(made);
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples.length).toBeGreaterThan(10_000);
    const orders = Array.from({ length: 6000 }, (_, i) => `orders_total{exchange="mexc",symbol="SYMBOL-${i}"} 1`);
    expect(samples.filter((line) => line.startsWith('orders_total{')).sort()).toEqual(orders.sort());
  });
});
