import { expect, test } from 'vitest';
import { compileRedaction } from '../../src/redaction/redaction.ts';
import { instrument, rig, seriesOf, valuesOf } from './support/rig.ts';

const SECRET = 's3cr3t0f0urs';
const redaction = compileRedaction(['api_key', 'pin', 'signature']);

test('tags of metrics are redacted as fields are, and a redacted value tells no series apart', () => {
  const { meter, collector } = rig({ redaction });
  for (const key of ['1', '2']) {
    meter.counter('c_total', 1, { venue: 'mexc', api_key: SECRET + key });
    meter.metric('g', 1, { url: `https://u:${SECRET}@host/x?signature=${SECRET}` });
    meter.recordDurationUs('t', 5, { pin: SECRET + key });
  }
  const collected = collector.collect();
  expect(JSON.stringify(collected, (_, value) => (typeof value === 'bigint' ? `${value}` : value))).not.toContain(SECRET);
  expect(Object.fromEntries(instrument(collector, 'c_total')!.series[0]!.tags)).toEqual({ api_key: '[redacted]', venue: 'mexc' });
  expect(Object.values(valuesOf(collector, 'c_total'))).toEqual([2]);
  expect(Object.values(seriesOf(collector, 't_duration_us'))).toHaveLength(1);
});

test('a getter of a redacted tag is not called', () => {
  const { meter, collector, problems } = rig({ redaction });
  const tags = {
    get pin(): string {
      throw new Error('read');
    },
  };
  for (let i = 0; i < 100; i++) meter.counter('c_total', 1, tags);
  expect(Object.values(valuesOf(collector, 'c_total'))).toEqual([100]);
  expect(problems).toEqual([]);
});

test('a bigint is recorded where a number holds it exactly, by every way to record', () => {
  const { meter, collector } = rig();
  meter.counter('c', 5n as never);
  meter.bindCounter('c').add(6n as never);
  meter.metric('g', -(2n ** 60n) as never);
  meter.bindGauge('h').set(9n as never);
  meter.recordDurationUs('t', 7n as never);
  expect(valuesOf(collector, 'c')).toEqual({ '': 11 });
  expect(valuesOf(collector, 'g')).toEqual({ '': -(2 ** 60) });
  expect(valuesOf(collector, 'h')).toEqual({ '': 9 });
  expect(seriesOf(collector, 't_duration_us')['']!.distribution!.sum).toBe(7);
});
