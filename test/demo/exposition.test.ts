/**
 * What `/metrics` says is read as Prometheus would read it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { parseExposition, scrape, total } from '../../src/demo/exposition.ts';
import { freePort } from '../../src/demo/ports.ts';

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

test('an endpoint that is not there, or refuses, is a reason and no failure', async () => {
  const nobody = await freePort(0);
  expect(await scrape(`http://127.0.0.1:${nobody}/metrics`)).toEqual({
    samples: [],
    error: expect.stringContaining('ECONNREFUSED'),
  });
  const server = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  expect(await scrape(url)).toEqual({ samples: [], error: `${url} answered 503` });
  server.close();
});
