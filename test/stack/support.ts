// What the stack's tests share: a folder of their own, and waiting for a condition with a deadline.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestFolder {
  readonly path: string;
  remove(): void;
}

export function testFolder(name: string): TestFolder {
  const path = mkdtempSync(join(tmpdir(), `hft-otel-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Asks until the answer is not undefined.
 * @throws Error naming what was waited for, after `deadlineMillis`.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  deadlineMillis = 30_000,
): Promise<T> {
  const deadline = Date.now() + deadlineMillis;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${deadlineMillis} ms in vain for ${what}.`, { cause: lastError });
    await sleep(200);
  }
}

export interface AuditFileRecord {
  readonly body: string;
  readonly eventName: string;
  readonly timeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly service: string;
}

/** Every record of every audit file of a gateway, rotated ones too, in the order they were written. */
export function readAuditFiles(folder: string): AuditFileRecord[] {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .flatMap(parseAuditLine);
}

/** The records of one line: a request in OTLP's JSON. */
export function parseAuditLine(line: string): AuditFileRecord[] {
  return (JSON.parse(line) as OtlpLogs).resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ body, eventName = '', timeUnixNano, attributes = [] }) => ({
        body: body.stringValue,
        eventName,
        timeUnixNano,
        attributes: fromKeyValues(attributes),
        service: String(fromKeyValues(resource.attributes)['service.name']),
      })),
    ),
  );
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpLogs {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        body: { stringValue: string };
        eventName?: string;
        timeUnixNano: string;
        attributes?: readonly KeyValue[];
      }[];
    }[];
  }[];
}

function fromKeyValues(pairs: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** One of a server's own numbers, by name and a part of its labels. */
export async function collectorMetric(telemetryPort: number, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${telemetryPort}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(name) && (line[name.length] === '{' || line[name.length] === ' ') && line.includes(labels))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** How many of the gateway's requests Loki has answered with anything but success: each of them is sent again, whatever was stored of it. */
export async function lokiRefusals(lokiPort: number): Promise<number> {
  const answers = (labels: string) => collectorMetric(lokiPort, 'loki_request_duration_seconds_count', labels);
  return (await answers('route="otlp_v1_logs"')) - (await answers('route="otlp_v1_logs",status_code="204"'));
}
