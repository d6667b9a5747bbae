/**
 * What `/metrics` says is read as Prometheus would read it.
 */
import { expect, test } from 'vitest';
import { parseExposition, total } from '../../src/demo/exposition.ts';

const TEXT = `# HELP orders_placed_total Orders
# TYPE orders_placed_total counter
orders_placed_total{exchange="mexc",side="buy"} 3
orders_placed_total{exchange="mexc",side="sell"} 4 1790000000000
orders_placed_total{exchange="gateio",side="buy"} 1e1
up 1
order_us_bucket{le="+Inf"} 12
low -Inf
odd{path="C:\\\\x",quote="say \\"hi\\"",lines="a\\nb",brace="}{"} NaN
`;

test('names, labels and values, with or without a timestamp', () => {
  const samples = parseExposition(TEXT);
  expect(samples).toHaveLength(7);
  expect(samples[1]).toEqual({ name: 'orders_placed_total', labels: { exchange: 'mexc', side: 'sell' }, value: 4 });
  expect(samples[3]).toEqual({ name: 'up', labels: {}, value: 1 });
  expect(samples[5].value).toBe(Number.NEGATIVE_INFINITY);
});

test('escapes in label values are undone', () => {
  const { labels, value } = parseExposition(TEXT)[6];
  expect(labels).toEqual({ path: 'C:\\x', quote: 'say "hi"', lines: 'a\nb', brace: '}{' });
  expect(value).toBeNaN();
});

test('a total is over all series, or over those with the given labels', () => {
  const samples = parseExposition(TEXT);
  expect(total(samples, 'orders_placed_total')).toBe(17);
  expect(total(samples, 'orders_placed_total', { exchange: 'mexc' })).toBe(7);
  expect(total(samples, 'no_such_metric')).toBe(0);
});
