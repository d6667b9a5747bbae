// The page on scale says what the model says, and the model's waiting time is that of a queue.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fitCost } from '../../scripts/scale/fit.ts';
import { LOADS, PAGE, pageWithTables } from '../../scripts/scale/main.ts';
import { plan } from '../../scripts/scale/model.ts';
import { MEASURED } from '../../scripts/scale/parameters.ts';

test('docs/scale.md holds the tables of the model: npm run scale -- --write', () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(page).toContain('| Kafka brokers |');
  expect(pageWithTables(page)).toBe(page);
});

test('no stage is used more than is allowed, and what bounds it is named', () => {
  for (const load of LOADS) {
    const { stages, recordsPerSecond } = plan(load, MEASURED);
    expect(recordsPerSecond).toBe(load.services * load.recordsPerSecond);
    for (const { cores, processes, boundBy, waitMillis } of stages) {
      expect(cores).toBeGreaterThan(0);
      expect(Number.isInteger(processes)).toBe(true);
      expect(['CPU', 'network', 'the least number']).toContain(boundBy);
      expect(waitMillis).toBeGreaterThanOrEqual(0);
    }
  }
});

test('a batch waits as long as in a simulated queue: random arrivals, random service times, one server', () => {
  // One gateway of one core, at the share that is used by default.
  const parameters = { ...MEASURED, gatewayCores: 1, agentCores: 1 };
  const rate = (2 * MEASURED.utilisation * 1e6) / MEASURED.gatewayMicros;
  const gateway = plan({ services: 1, recordsPerSecond: rate }, parameters).stages.find(({ name }) => name === 'gateways')!;
  expect(gateway.processes).toBe(2);
  const serviceMillis = (MEASURED.batchRecords * MEASURED.gatewayMicros) / 1_000;
  // A generator with a seed: the test is the same each time.
  let state = 12_345;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  const exponential = (mean: number) => -mean * Math.log(random());
  let freeAt = 0;
  let now = 0;
  let waited = 0;
  const BATCHES = 400_000;
  for (let batch = 0; batch < BATCHES; batch++) {
    now += exponential(serviceMillis / MEASURED.utilisation);
    const begins = Math.max(now, freeAt);
    waited += begins - now;
    freeAt = begins + exponential(serviceMillis);
  }
  expect(gateway.waitMillis / (waited / BATCHES)).toBeGreaterThan(0.95);
  expect(gateway.waitMillis / (waited / BATCHES)).toBeLessThan(1.05);
});

test('a stage’s fixed cost and what each record adds are found again in points of a line, and no line goes through one point', () => {
  const pointAt = (records: number) => ({ records, cpuSeconds: 4.5 + records * 12e-6 });
  const { fixedSeconds, microsPerRecord } = fitCost([60_000, 120_000, 240_000].map(pointAt));
  expect(fixedSeconds).toBeCloseTo(4.5);
  expect(microsPerRecord).toBeCloseTo(12);
  expect(() => fitCost([pointAt(1), pointAt(1)])).toThrow(RangeError);
});
