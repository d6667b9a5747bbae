// 200,000 records and 5,000 audit events of our package, through agent and gateway, counted one by one where they end: none missing, none
// twice, each as it was logged. And the metrics of the same program, with the values it counted.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allLines, type LogLine, queryPrometheus } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { CHECKPOINTS_SUFFIX, notesIn } from '../../src/audit/run-tree/checkpoint-file.ts';
import { parseRunCheckpoint } from '../../src/audit/run-tree/run-checkpoint.ts';
import { parseNote } from '../../src/audit/tree/note.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import type { Health } from '../../src/index.ts';
import { isWhole, type Reconciliation, reconcile } from '../../src/reconcile/reconcile.ts';
import { gatewayFiles, hostFiles, lokiStore } from '../../src/reconcile/sources.ts';
import { jsonLinesIn } from '../support/child.ts';
import { orderData, orderEvent, orderLog } from './programs/orders.ts';
import { type Service, startService } from './service.ts';
import { type AuditFileRecord, collectorMetric, eventually, lokiRefusals, readAuditFiles, testFolder } from './support.ts';

const SERVICE = 'arrival';
const LOGS = 200_000;
const AUDITS = 5_000;
const SEVERITY = { trace: '1', debug: '5', info: '9', warning: '13', error: '17', fatal: '21' };

const folder = testFolder(SERVICE);
const ownFiles = join(folder.path, 'service');
let stack: Stack;
let service: Service;
let health: Health;
/** What the service has written itself, by number: the same reading of the clock. */
let ownLogs: Map<number, Record<string, unknown>>;
let ownAudits: Map<number, Record<string, unknown>>;
let logs: LogLine[];
let audits: LogLine[];
let inFiles: AuditFileRecord[];
/** Copies of checkpoints of the audit trail: no account counts them among the records. */
let copiesOfCheckpoints: number;
let checkpointsInLoki: number;
let checkpointsInFiles: number;

beforeAll(async () => {
  stack = await startStack({ folder: folder.path });
  service = startService({
    config: {
      service: { name: SERVICE },
      backends: {
        file: { path: join(ownFiles, 'app.jsonl'), level: 'debug', format: 'json' },
        audit: { path: join(ownFiles, 'audit.jsonl') },
        otlp: { endpoint: stack.otlpUrl, auditEndpoint: `${stack.auditOtlpUrl}/v1/logs`, metricsIntervalMillis: 1_000 },
      },
    },
    logs: LOGS,
    audits: AUDITS,
    logsPerSecond: 20_000,
    auditsPerSecond: 500,
    maxPending: 5_000,
  });
  await service.produced;
  await service.settled(60_000);
  health = await eventually('the last checkpoint', async () => {
    const account = await service.health();
    const { lines, checkpointed } = account.audit.tree!;
    return checkpointed === lines && account.backends.otlp!.checkpoints ? account : undefined;
  });
  copiesOfCheckpoints = health.backends.otlp!.checkpoints!;
  const stored = (exporter: string) =>
    collectorMetric(stack.ports.gateway.telemetry, 'otelcol_exporter_sent_log_records', `"otlp_http/${exporter}"`);
  await eventually(
    'Loki to have taken all of it',
    async () =>
      (await stored('loki')) >= LOGS && (await stored('loki_audit')) >= AUDITS + copiesOfCheckpoints ? true : undefined,
    120_000,
  );
  const [ofLogs, ofAudit] = await Promise.all(['logs', 'audit'].map(linesOf));
  logs = ofLogs!;
  // Copies of checkpoints stand among the events, without a number.
  audits = ofAudit!.filter(({ labels }) => labels.hft_audit_seq !== undefined);
  checkpointsInLoki = ofAudit!.length - audits.length;
  const records = readAuditFiles(stack.auditFilesFolder).filter(({ service: name }) => name === SERVICE);
  inFiles = records.filter(({ attributes }) => attributes['hft.audit.seq'] !== undefined);
  checkpointsInFiles = records.length - inFiles.length;
  ownLogs = byNumber(jsonLinesIn(ownFiles, 'app'), 'number');
  ownAudits = byNumber(jsonLinesIn(ownFiles, 'audit'), 'audit_seq');
}, 300_000);

afterAll(async () => {
  await service?.close();
  await stack?.stop();
  folder.remove();
});

async function linesOf(lane: string): Promise<LogLine[]> {
  const now = Date.now();
  const lines: LogLine[] = [];
  for await (const line of allLines(stack.lokiUrl, `{service_name="${SERVICE}", lane="${lane}"}`, {
    from: now - 900_000,
    to: now + 60_000,
  }))
    lines.push(line);
  return lines;
}

function byNumber(records: readonly Record<string, unknown>[], key: string): Map<number, Record<string, unknown>> {
  return new Map(records.map((record) => [Number(record[key]), record]));
}

function copiesOf(lines: readonly LogLine[], key: string): Map<number, LogLine[]> {
  return Map.groupBy(lines, ({ labels }) => Number(labels[key]));
}

/** At least once: a copy is a whole one, and there are none where no request had to be sent again. */
async function expectExplained(copies: Map<number, LogLine[]>): Promise<void> {
  const repeated = [...copies.values()].filter(({ length }) => length > 1);
  for (const [first, ...others] of repeated) for (const other of others) expect(other).toEqual(first);
  const refusals = await lokiRefusals(stack.ports.lokiHttp);
  process.stdout.write(`of ${copies.size} records ${repeated.length} twice; Loki refused ${refusals} requests\n`);
  if (refusals === 0) expect(repeated).toEqual([]);
}

const numbersUpTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

describe('of 200,000 records and 5,000 audit events', () => {
  test('the service has lost none and repeated none', () => {
    expect(health.lanes).toMatchObject({
      logs: { accepted: LOGS, droppedTotal: 0 },
      audit: { accepted: AUDITS, droppedTotal: 0 },
    });
    expect(health.backends.otlp).toMatchObject({ delivered: LOGS + AUDITS, droppedTotal: 0, retries: 0, state: 'ok' });
  });

  test('each record is in Loki, and once; or twice if Loki did not say that it had it', async () => {
    const copies = copiesOf(logs, 'number');
    expect(sorted([...copies.keys()])).toEqual(numbersUpTo(LOGS));
    await expectExplained(copies);
  });

  test('each audit event is in Loki, and once but for the same reason; in the gateway’s files once', async () => {
    const copies = copiesOf(audits, 'hft_audit_seq');
    expect(sorted([...copies.keys()])).toEqual(numbersUpTo(AUDITS));
    await expectExplained(copies);
    expect(sorted(inFiles.map(({ attributes }) => Number(attributes['hft.audit.seq'])))).toEqual(numbersUpTo(AUDITS));
  });

  test('each copy of a checkpoint is in the gateway’s files, and in Loki', () => {
    expect(checkpointsInFiles).toBe(copiesOfCheckpoints);
    expect(checkpointsInLoki).toBeGreaterThanOrEqual(copiesOfCheckpoints);
  });

  test('with the gateway’s file verify finds a tail that was cut on the host with its checkpoints, which the host’s own files do not show', async () => {
    const name = readdirSync(ownFiles).find((each) => /^audit.*\.jsonl$/.test(each))!;
    const gateway = readdirSync(stack.auditFilesFolder).map((file) => join(stack.auditFilesFolder, file));
    const whole = await verifyTrail({ files: [join(ownFiles, name)], checkpoints: gateway });
    expect([whole.ok, whole.runs[0]]).toMatchObject([
      true,
      { events: AUDITS, proven: whole.lines, provenElsewhere: whole.lines },
    ]);

    const lines = readFileSync(join(ownFiles, name), 'utf8').split(/(?<=\n)/);
    const notes = notesIn(readFileSync(join(ownFiles, name + CHECKPOINTS_SUFFIX), 'utf8')).map(({ note }) => note);
    const kept = notes.slice(0, Math.ceil(notes.length / 2));
    const { size } = parseRunCheckpoint(parseNote(kept.at(-1)!).text);
    expect(size).toBeLessThan(lines.length);
    const cut = join(folder.path, 'cut');
    mkdirSync(cut);
    writeFileSync(join(cut, name), lines.slice(0, size).join(''));
    writeFileSync(join(cut, name + CHECKPOINTS_SUFFIX), kept.map((note) => `\n${note}`).join(''));
    expect((await verifyTrail({ files: [join(cut, name)] })).ok).toBe(true);
    const told = await verifyTrail({ files: [join(cut, name)], checkpoints: gateway });
    expect([told.ok, told.findings[0]]).toMatchObject([false, { code: 'MISSING_LINES', line: size }]);
    expect(told.findings[0]!.message).toContain('of another host');
  });

  test('agent and gateway have counted the same, and neither refused nor lost one', async () => {
    for (const [tier, ports, exporter] of [
      ['agent', stack.ports.agent, 'otlp_grpc/logs'],
      ['gateway', stack.ports.gateway, 'otlp_http/loki'],
    ] as const) {
      const count = (name: string, labels = '') => collectorMetric(ports.telemetry, name, labels);
      expect({
        tier,
        accepted: await count('otelcol_receiver_accepted_log_records'),
        refused: await count('otelcol_receiver_refused_log_records'),
        sent: await count('otelcol_exporter_sent_log_records', `"${exporter}"`),
        lost: await count('otelcol_exporter_send_failed_log_records'),
      }).toEqual({ tier, accepted: LOGS + AUDITS + copiesOfCheckpoints, refused: 0, sent: LOGS, lost: 0 });
    }
  });
});

describe('as it was logged', () => {
  test('time to the nanosecond: what the service wrote itself', () => {
    const nanos = (time: unknown) =>
      BigInt(Date.parse(`${String(time).slice(0, 19)}Z`)) * 1_000_000n + BigInt(String(time).slice(20, 29));
    const times = (lines: readonly LogLine[], key: string) =>
      new Map(lines.map(({ labels, timeUnixNanos }) => [Number(labels[key]), timeUnixNanos]));
    const own = (records: Map<number, Record<string, unknown>>) =>
      new Map([...records].map(([number, { time }]) => [number, nanos(time)]));
    expect(ownLogs.size).toBe(LOGS);
    expect(times(logs, 'number')).toEqual(own(ownLogs));
    expect(times(audits, 'hft_audit_seq')).toEqual(own(ownAudits));
    expect(
      new Map(inFiles.map(({ attributes, timeUnixNano }) => [Number(attributes['hft.audit.seq']), BigInt(timeUnixNano)])),
    ).toEqual(own(ownAudits));
  });

  test('severity, message, attributes, exception, trace and span id of every record', () => {
    for (const { line, labels } of logs) {
      const number = Number(labels.number);
      const { level, message, fields, span } = orderLog(number);
      const { error, ...plain } = fields;
      const expected = {
        ...inLoki(plain),
        ...loggerOf(number),
        service_name: SERVICE,
        level,
        severity_number: SEVERITY[level],
        ...(span !== undefined && { trace_id: span.traceId, span_id: span.spanId }),
        ...(error !== undefined && { exception_type: 'RangeError', exception_message: `margin of ${number}` }),
      };
      // Compared by hand: 200,000 calls of expect take a minute.
      const wrong = Object.entries(expected).filter(([key, value]) => labels[key] !== value);
      if (line !== message || wrong.length > 0 || (span === undefined) !== (labels.trace_id === undefined))
        expect({ line, ...labels }).toEqual(expect.objectContaining({ line: message, ...expected }));
      if (error !== undefined) expect(labels.exception_stacktrace).toContain('RangeError: margin of');
    }
  });

  test('event name, number and data of every audit event, typed in the files and as text in Loki', () => {
    for (const { line, labels } of audits) {
      const number = Number(labels.hft_audit_seq);
      expect({ line, ...labels }).toMatchObject({
        line: orderEvent(number),
        event_name: orderEvent(number),
        lane: 'audit',
        exchange: 'binance',
        ...inLoki(orderData(number)),
      });
    }
    for (const { body, eventName, attributes } of inFiles) {
      const number = Number(attributes['hft.audit.seq']);
      const data = orderData(number);
      const whole = (value: number) => (Number.isInteger(value) ? String(value) : value);
      expect({ body, eventName, ...attributes }).toMatchObject({
        body: orderEvent(number),
        eventName: orderEvent(number),
        'hft.audit': true,
        ...data,
        // 64 bit integers are texts in OTLP's JSON.
        order_id: String(data.order_id),
        qty: whole(Number(data.qty)),
        price: whole(Number(data.price)),
      });
    }
  });

  test('metrics have the values the program counted', async () => {
    const placed = new Map<string, number>();
    for (const number of numbersUpTo(LOGS)) {
      const key = `${number % 3 === 1 ? 'kraken' : 'binance'} ${orderLog(number).level}`;
      placed.set(key, (placed.get(key) ?? 0) + 1);
    }
    await eventually('the last export of metrics', async () =>
      (await valueIn(`sum(orders_placed_total{service_name="${SERVICE}"})`)) === LOGS ? true : undefined,
    );
    const { series } = await queryPrometheus(stack.prometheusUrl, `orders_placed_total{service_name="${SERVICE}"}`);
    expect(new Map(series.map(({ labels, samples }) => [`${labels.exchange} ${labels.level}`, samples[0]!.value]))).toEqual(
      placed,
    );
    const durations = numbersUpTo(LOGS).map((number) => number % 1000);
    expect(await valueIn('order_placement_duration_us_count')).toBe(LOGS);
    expect(await valueIn('order_placement_duration_us_sum')).toBe(durations.reduce((sum, value) => sum + value, 0));
    expect(await valueIn('order_placement_duration_us_bucket{le="100"}')).toBe(durations.filter((value) => value <= 100).length);
    expect(await valueIn('histogram_count(order_placement_duration_us)')).toBe(LOGS);
    expect(await valueIn('hft_log_accepted_total{lane="logs"}')).toBe(LOGS);
    expect(await valueIn('hft_audit_sequence')).toBe(AUDITS);
    await eventually('what was delivered', async () =>
      (await valueIn('hft_backend_delivered_total{backend="otlp"}')) === LOGS + AUDITS ? true : undefined,
    );
  });
});

describe('the audit file of the host, reconciled with', () => {
  const reading = (view: 'whole' | 'flat') => ({
    view,
    onProgress: () => {},
    onUnreadable: (what: unknown) => expect(what).toBeUndefined(),
  });
  const filesIn = (path: string) =>
    readdirSync(path)
      .filter((name) => name.startsWith('audit') && !/\.(?:checkpoints|cosignatures)$/.test(name))
      .map((name) => join(path, name));
  const expectWhole = (found: Reconciliation) => {
    expect(found.findings).toEqual([]);
    expect(isWhole(found)).toBe(true);
    expect(found.runs).toMatchObject([{ here: AUDITS, there: AUDITS, copiesHere: 0 }]);
  };

  test('the gateway’s files: every event is there, and the same', async () => {
    const [here, there] = [filesIn(ownFiles), filesIn(stack.auditFilesFolder)];
    expectWhole(await reconcile(hostFiles(here, reading('whole')), gatewayFiles(there, reading('whole')), 10));
  });

  test('Loki: every event is there, and the same', async () => {
    const now = BigInt(Date.now()) * 1_000_000n;
    const query = {
      url: stack.lokiUrl,
      fromUnixNanos: now - 900_000_000_000n,
      toUnixNanos: now + 60_000_000_000n,
      service: SERVICE,
    };
    expectWhole(await reconcile(hostFiles(filesIn(ownFiles), reading('flat')), lokiStore(query, reading('flat')), 10));
  });

  test('gateway’s files that were tampered with: what is gone, changed and added is named', async () => {
    const lines = filesIn(ownFiles).flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'));
    const changed = JSON.parse(lines[99]!) as Record<string, unknown>;
    // Our side is changed in place of theirs: a missing line here is a foreign event there.
    const kept = lines.filter((_, index) => index !== 9);
    kept[98] = JSON.stringify({ ...changed, price: Number(changed.price) + 1 });
    kept.push(JSON.stringify({ ...changed, audit_seq: AUDITS + 1 }));
    const path = join(folder.path, 'tampered.jsonl');
    writeFileSync(path, `${kept.join('\n')}\n`);
    const found = await reconcile(
      hostFiles([path], reading('whole')),
      gatewayFiles(filesIn(stack.auditFilesFolder), reading('whole')),
      10,
    );
    const numbers = (kind: string) => found.findings.filter((finding) => finding.kind === kind).map(({ number }) => number);
    const numberAt = (index: number) => Number((JSON.parse(lines[index]!) as Record<string, unknown>).audit_seq);
    expect({ missing: numbers('missing'), foreign: numbers('foreign'), different: numbers('different') }).toEqual({
      missing: [AUDITS + 1],
      foreign: [numberAt(9)],
      different: [numberAt(99)],
    });
  });
});

async function valueIn(expr: string): Promise<number | undefined> {
  const { series } = await queryPrometheus(stack.prometheusUrl, expr);
  expect(series.length, expr).toBeLessThanOrEqual(1);
  return series[0]?.samples[0]?.value;
}

function loggerOf(number: number): Record<string, string> {
  const binance = { exchange: 'binance', api_type: 'spot' };
  return [
    { ...binance, transport: 'rest', scope_name: 'exchange.binance.spot.rest', tags: '["binance","spot","rest"]' },
    { ...binance, exchange: 'kraken', transport: 'ws', scope_name: 'exchange.kraken.spot.ws', tags: '["kraken","spot","ws"]' },
    {
      ...binance,
      transport: 'ws',
      strategy_type: 'maker',
      scope_name: 'strategy.maker',
      tags: '["binance","spot","ws","maker"]',
    },
  ][number % 3]!;
}

/** How Loki shows attributes: all of them text, maps by the path of their keys, arrays as JSON. */
function inLoki(fields: Readonly<Record<string, unknown>>, path = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]): [string, string][] => {
      if (Array.isArray(value)) return [[path + key, JSON.stringify(value)]];
      if (typeof value === 'object' && value !== null)
        return Object.entries(inLoki(value as Record<string, unknown>, `${path}${key}_`));
      return [[path + key, String(value)]];
    }),
  );
}
