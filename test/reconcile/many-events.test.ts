/**
 * `hft-otel audit reconcile` over many events: exact, and in bounded memory. A day's ten million:
 * HFT_RECONCILE_EVENTS=10000000 npx vitest run test/reconcile/many-events.test.ts (needs 8 GB in the temporary directory)
 */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import type { Reconciliation } from '../../src/reconcile/reconcile.ts';
import { MAIN } from '../demo/demo-process.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';

const EVENTS = Number(process.env.HFT_RECONCILE_EVENTS ?? 20_000);
const RUNS = ['gw-1/5f1c9a02', 'gw-2/6a20bb13'] as const;
/** Of a gateway's file. */
const EVENTS_A_LINE = 500;
const MOST_RESIDENT_MIB = 600;
const LONGEST_MILLIS = 3_600_000;

const isMissing = (number: number) => number % 1_009 === 0;
const isChanged = (number: number) => number % 2_003 === 0;
const isTwice = (number: number) => number % 997 === 0;

/** Of one run. */
function expectedReport() {
  const report = {
    here: EVENTS / RUNS.length,
    missing: 0,
    different: 0,
    copiesThere: 0,
    foreign: 0,
    conflicting: 0,
    copiesHere: 0,
  };
  for (let number = 1; number <= report.here; number++) {
    const copies = isTwice(number) ? 2 : 1;
    if (isMissing(number)) report.missing++;
    else if (isChanged(number)) report.different += copies;
    else report.copiesThere += copies - 1;
  }
  return report;
}

function hostLine(run: string, number: number): string {
  const time = new Date(1_795_919_168_000 + number).toISOString().replace('Z', '598986Z');
  return `{"time":"${time}","audit_seq":${number},"event":"order_placed","run":"${run}","logger":"exchange.mexc","symbol":"BTCUSDT","side":"BUY","qty":0.5,"price":${number}}\n`;
}

function gatewayRecord(number: number, price: number): string {
  const attributes = [
    `{"key":"hft.audit.seq","value":{"intValue":"${number}"}}`,
    '{"key":"symbol","value":{"stringValue":"BTCUSDT"}}',
    '{"key":"side","value":{"stringValue":"BUY"}}',
    '{"key":"qty","value":{"doubleValue":0.5}}',
    `{"key":"price","value":{"intValue":"${price}"}}`,
  ];
  const nanos = BigInt(1_795_919_168_000 + number) * 1_000_000n + 598_986n;
  return `{"timeUnixNano":"${nanos}","eventName":"order_placed","attributes":[${attributes.join()}]}`;
}

function* hostLines(): Generator<string> {
  for (const run of RUNS)
    for (let from = 1; from <= EVENTS / RUNS.length; from += EVENTS_A_LINE)
      yield Array.from({ length: EVENTS_A_LINE }, (_, index) => hostLine(run, from + index)).join('');
}

function* gatewayLines(): Generator<string> {
  for (const run of RUNS)
    for (let from = 1; from <= EVENTS / RUNS.length; from += EVENTS_A_LINE) {
      const records: string[] = [];
      for (let number = from; number < from + EVENTS_A_LINE; number++) {
        if (isMissing(number)) continue;
        const record = gatewayRecord(number, isChanged(number) ? -1 : number);
        records.push(record);
        if (isTwice(number)) records.push(record);
      }
      const resource = `{"attributes":[{"key":"service.instance.id","value":{"stringValue":"${run}"}}]}`;
      yield `{"resourceLogs":[{"resource":${resource},"scopeLogs":[{"scope":{"name":"exchange.mexc"},"logRecords":[${records.join()}]}]}]}\n`;
    }
}

test(
  'each event that is missing, changed or there twice is found, and memory stays bounded',
  async () => {
    using folder = temporaryFolder();
    const [host, gateway] = [join(folder.path, 'audit.jsonl'), join(folder.path, 'gateway.jsonl')];
    await pipeline(Readable.from(hostLines()), createWriteStream(host));
    await pipeline(Readable.from(gatewayLines()), createWriteStream(gateway));
    const reportMemory = 'process.on("exit",()=>console.error(JSON.stringify(process.resourceUsage())))';
    const { code, stdout, stderr, elapsedMillis } = await runProgram(
      MAIN,
      ['audit', 'reconcile', host, '--gateway', gateway, '--json', '--quiet'],
      { timeoutMillis: LONGEST_MILLIS, execArgv: ['--import', `data:text/javascript,${encodeURIComponent(reportMemory)}`] },
    );
    expect(code, stderr).toBe(1);
    const usage = JSON.parse(stderr.trim().split('\n').at(-1)!) as NodeJS.ResourceUsage;
    const residentMib = Math.round(usage.maxRSS / 1_024);
    const cpuSeconds = Math.round((usage.userCPUTime + usage.systemCPUTime) / 1e6);
    if (EVENTS >= 1_000_000)
      process.stdout.write(
        `${EVENTS} events: ${Math.round(elapsedMillis / 1_000)} s, ${cpuSeconds} s of CPU time, ${residentMib} MiB at most\n`,
      );

    const { hereEvents, runs } = JSON.parse(stdout) as Reconciliation;
    expect(hereEvents).toBe(EVENTS);
    expect(runs).toMatchObject(RUNS.map((run) => ({ run, ...expectedReport() })));
    expect(residentMib).toBeLessThan(MOST_RESIDENT_MIB);
  },
  LONGEST_MILLIS,
);
