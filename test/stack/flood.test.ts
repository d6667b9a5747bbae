// A flood of five times the memory limit: what does not fit is refused with an answer that senders retry.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { auditRecord, nowUnixNanos, sendLogs } from './otlp.ts';
import { collectorMetric, eventually, readAuditFiles, testFolder } from './support.ts';

const LIMIT_MIB = 100;
const REQUEST_MIB = 4;
const FLOOD_MIB = 5 * LIMIT_MIB;

const folder = testFolder('flood');
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    folder: folder.path,
    agentEnv: { AGENT_MEMORY_MIB: String(LIMIT_MIB), AGENT_AUDIT_MEMORY_MIB: String(4 * LIMIT_MIB) },
  });
});
afterAll(async () => {
  await stack?.stop();
  folder.remove();
});

test('a flood of logs is refused with 503 beyond the limit, no audit is lost, and afterwards logs are taken again', async () => {
  const line = 'x'.repeat(1024 * 1024);
  const records = () =>
    Array.from({ length: REQUEST_MIB }, () => ({ body: line, timeUnixNanos: nowUnixNanos(), severityNumber: 9 }));
  const answers: number[] = [];
  let flooding = true;
  const audits = (async () => {
    let taken = 0;
    let refused = 0;
    while (flooding) {
      const { status, text } = await sendLogs(stack.auditOtlpUrl, { service: 'flood' }, [
        auditRecord(taken + 1, nowUnixNanos() + BigInt(taken)),
      ]);
      if (status === 200) taken++;
      else {
        expect({ status, text }, 'a refused audit is one that may be sent again').toMatchObject({
          status: 503,
          text: expect.stringMatching(/memory usage/),
        });
        refused++;
      }
      await sleep(20);
    }
    return { taken, refused };
  })();

  // Rounds of all of it at once, until the limiter, which looks once a second, has seen it.
  const deadline = Date.now() + 60_000;
  while (!answers.includes(503) && Date.now() < deadline) {
    const requests = Array.from({ length: FLOOD_MIB / REQUEST_MIB }, () =>
      sendLogs(stack.otlpUrl, { service: 'flood' }, records()),
    );
    for (const { status, text } of await Promise.all(requests)) {
      answers.push(status);
      if (status !== 200) expect(text).toMatch(/memory usage/);
    }
  }
  flooding = false;
  const { taken, refused } = await audits;

  expect(new Set(answers)).toEqual(new Set([200, 503]));
  expect(await collectorMetric(stack.ports.agent.telemetry, 'otelcol_receiver_refused_log_records', 'receiver="otlp",')).toBe(
    answers.filter((status) => status === 503).length * REQUEST_MIB,
  );
  expect(stack.servers.agent.isRunning()).toBe(true);
  expect(taken).toBeGreaterThan(0);
  process.stdout.write(
    `flood: ${answers.length} requests of ${REQUEST_MIB} MiB, ${answers.filter((status) => status === 503).length} refused; audits: ${taken} taken, ${refused} refused and sent again\n`,
  );
  await eventually('all audits in the file', () => {
    const found = readAuditFiles(stack.auditFilesFolder).filter(({ service }) => service === 'flood');
    return new Set(found.map(({ attributes }) => attributes['hft.audit.seq'])).size === taken ? true : undefined;
  });
  await eventually('logs being taken again', async () => {
    const { status } = await sendLogs(stack.otlpUrl, { service: 'flood' }, [
      { body: 'after', timeUnixNanos: nowUnixNanos(), severityNumber: 9 },
    ]);
    return status === 200 ? true : undefined;
  });
});
