// Each tier stopped or killed under load, with a sender that repeats what was refused: audit is complete in the end, in files and
// in Loki, and duplicates are only those that a repeated request allows.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allLines } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { auditRecord, type LogRecord, nowUnixNanos, sendLogs } from './otlp.ts';
import { eventually, readAuditFiles, testFolder } from './support.ts';

const RECORDS_PER_REQUEST = 50;
const EVERY_MILLIS = 50;

const folder = testFolder('outage');
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ folder: folder.path });
});
afterAll(async () => {
  await stack?.stop();
  folder.remove();
});

interface Load {
  /** Ends the load and answers how many requests were accepted, and how many had to be repeated. */
  end(): Promise<{ requests: number; repeated: number }>;
}

/** Numbered records at 1,000/s; a request that fails or is refused is sent again until it is taken, as our package's sender does. */
function startLoad(url: () => string, service: string, record: (number: number) => LogRecord): Load {
  let going = true;
  let requests = 0;
  let repeated = 0;
  const loop = (async () => {
    while (going) {
      const first = requests * RECORDS_PER_REQUEST + 1;
      const records = Array.from({ length: RECORDS_PER_REQUEST }, (_, index) => record(first + index));
      for (;;) {
        const answer = await sendLogs(url(), { service }, records).catch(() => undefined);
        if (answer?.status === 200) break;
        repeated++;
        await sleep(100);
      }
      requests++;
      await sleep(EVERY_MILLIS);
    }
  })();
  return {
    async end() {
      going = false;
      await loop;
      return { requests, repeated };
    },
  };
}

/** Every number of a service in Loki, as often as it is there. */
async function numbersInLoki(service: string, lane: string, attribute: string): Promise<number[]> {
  const now = Date.now();
  const numbers: number[] = [];
  const selection = `{service_name="${service}", lane="${lane}"}`;
  for await (const { labels } of allLines(stack.lokiUrl, selection, { from: now - 900_000, to: now + 60_000 }))
    numbers.push(Number(labels[attribute]));
  return numbers;
}

const OUTAGES = {
  'the agent is stopped and started': async () => {
    await stack.servers.agent.stop();
    await sleep(1_000);
    await stack.start('agent');
  },
  'the agent is killed and started': async () => {
    await stack.servers.agent.kill();
    await sleep(1_000);
    await stack.start('agent');
  },
  'the gateway is killed and started': async () => {
    await stack.servers.gateway.kill();
    await sleep(3_000);
    await stack.start('gateway');
  },
  'Loki is killed and started': async () => {
    await stack.servers.loki.kill();
    await sleep(5_000);
    await stack.start('loki');
  },
};

test.each(Object.entries(OUTAGES))('%s under load: nothing is missing', async (name, outage) => {
  const service = name.replaceAll(' ', '-');
  const audit = startLoad(
    () => stack.auditOtlpUrl,
    `audit-${service}`,
    (number) => auditRecord(number, nowUnixNanos() + BigInt(number)),
  );
  const logs = startLoad(
    () => stack.otlpUrl,
    `logs-${service}`,
    (number) => ({ body: 'a log', timeUnixNanos: nowUnixNanos() + BigInt(number), severityNumber: 9, attributes: { number } }),
  );
  await sleep(2_000);
  await outage();
  await sleep(2_000);
  const audits = await audit.end();
  const logged = await logs.end();

  const expected = (requests: number) => Array.from({ length: requests * RECORDS_PER_REQUEST }, (_, index) => index + 1);
  const distinct = (numbers: readonly number[]) => [...new Set(numbers)].sort((a, b) => a - b);
  const inLoki = await eventually(
    'all audits in Loki',
    async () => {
      const numbers = await numbersInLoki(`audit-${service}`, 'audit', 'hft_audit_seq');
      return distinct(numbers).length >= audits.requests * RECORDS_PER_REQUEST ? numbers : undefined;
    },
    60_000,
  );
  expect(distinct(inLoki)).toEqual(expected(audits.requests));

  const inFiles = readAuditFiles(stack.auditFilesFolder)
    .filter((record) => record.service === `audit-${service}`)
    .map(({ attributes }) => Number(attributes['hft.audit.seq']));
  expect(distinct(inFiles)).toEqual(expected(audits.requests));

  const logNumbers = await eventually(
    'all logs in Loki',
    async () => {
      const numbers = await numbersInLoki(`logs-${service}`, 'logs', 'number');
      return distinct(numbers).length >= logged.requests * RECORDS_PER_REQUEST ? numbers : undefined;
    },
    60_000,
  );
  expect(distinct(logNumbers)).toEqual(expected(logged.requests));

  const twice = {
    audit: inLoki.length - distinct(inLoki).length,
    file: inFiles.length - distinct(inFiles).length,
    logs: logNumbers.length - distinct(logNumbers).length,
  };
  process.stdout.write(`${name}: ${JSON.stringify({ audits, logged, twice })}\n`);
  // The file shows what is sent again when an answer was lost: at most the batches in flight at that moment. Loki stores those once.
  expect(twice.audit + twice.logs).toBe(0);
});
