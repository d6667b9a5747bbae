import { expect, test } from 'vitest';
import { OtlpJsonBackend, type OtlpJsonOptions } from '../../src/backends/otlp/json.ts';
import { backendContract } from '../../src/testing/backend-contract.ts';
import { closeAfterTest } from '../support/closing.ts';
import { type OtlpServer, startOtlpServer } from '../support/otlp-server.ts';
import { makeRecord, makeRecords } from '../support/records.ts';

const resource = { 'service.name': 'gateway' };

function numbersAt(server: OtlpServer): number[] {
  expect(server.undecodable).toEqual([]);
  return server.received.map(({ attributes }) => Number(attributes.number));
}

backendContract('OTLP/JSON', test, async () => {
  const server = await startOtlpServer();
  return {
    backend: new OtlpJsonBackend({ url: server.logsUrl, resource, timeoutMillis: 1_000 }),
    delivered: () => numbersAt(server),
    interrupt: () => server.stop(),
    restore: () => server.restart(),
    cleanUp: () => server.stop(),
  };
});

async function open(options: Partial<OtlpJsonOptions> = {}) {
  const server = closeAfterTest(await startOtlpServer());
  const backend = closeAfterTest(new OtlpJsonBackend({ url: server.logsUrl, resource, timeoutMillis: 500, ...options }));
  return { server, backend };
}

test('a record arrives with everything it has', async () => {
  const { server, backend } = await open();
  const record = makeRecord({
    lane: 'audit',
    eventName: 'order.filled',
    loggerVersion: '1.0',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
    droppedAttributesCount: 3,
    attributes: {
      exchange: 'mexc',
      quantity: 3,
      price: 101.5,
      nested: { a: [1, 'b'] },
      bytes: new Uint8Array([1, 2]),
      none: null,
    },
  });
  expect(await backend.write([record])).toEqual({ status: 'success' });
  expect(server.received).toEqual([
    {
      resource,
      scope: { name: 'exchange.mexc.private.rest', version: '1.0', attributes: {} },
      timeUnixNanos: record.timeUnixNanos,
      observedTimeUnixNanos: record.observedTimeUnixNanos,
      severityNumber: 9,
      severityText: 'INFO',
      eventName: 'order.filled',
      body: 'order placed',
      droppedAttributesCount: 3,
      attributes: {
        tags: ['mexc', 'private', 'rest'],
        exchange: 'mexc',
        quantity: 3n,
        price: 101.5,
        nested: { a: [1n, 'b'] },
        bytes: new Uint8Array([1, 2]),
        none: null,
      },
      attributeNames: ['tags', 'exchange', 'quantity', 'price', 'nested', 'bytes', 'none'],
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      flags: 1,
    },
  ]);
});

test('numbers that JSON or 64 bits cannot hold arrive as text', async () => {
  const { server, backend } = await open();
  const attributes = {
    nan: Number.NaN,
    up: Infinity,
    big: 2n ** 70n,
    beyond: 2n ** 53n + 1n,
    huge: 1e300,
    edge: 2 ** 63,
    fits: 12n,
  };
  expect(await backend.write([makeRecord({ attributes, tags: [] })])).toEqual({ status: 'success' });
  expect(server.received[0].attributes).toEqual({
    nan: 'NaN',
    up: 'Infinity',
    big: String(2n ** 70n),
    beyond: '9007199254740993',
    huge: '1e+300',
    edge: '9223372036854776000',
    fits: 12n,
  });
});

test('records of one logger share a scope, and records with a resource of their own bring it', async () => {
  const { server, backend } = await open({ headers: { authorization: 'Bearer t' }, compression: 'gzip' });
  const other = { 'service.name': 'other' };
  await backend.write([makeRecord(), makeRecord({ resource: other }), makeRecord({ loggerName: 'x' })]);
  expect(server.received.map((record) => [record.resource['service.name'], record.scope.name])).toEqual([
    ['gateway', 'exchange.mexc.private.rest'],
    ['gateway', 'x'],
    ['other', 'exchange.mexc.private.rest'],
  ]);
  expect(server.requests[0].headers).toMatchObject({
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    authorization: 'Bearer t',
  });
});

test('partial success is counted', async () => {
  const { server, backend } = await open();
  server.answer({ kind: 'partial', rejected: 2, message: 'too old' });
  expect(await backend.write(makeRecords(5))).toEqual({ status: 'partial', rejected: 2, message: 'The server says: too old' });
});

test('a final refusal is a failure, with what the server says', async () => {
  const { server, backend } = await open();
  server.answer({ kind: 'status', status: 400, message: 'bad field' });
  expect(await backend.write(makeRecords(5))).toMatchObject({ status: 'failure', message: expect.stringContaining('bad field') });
});

test('a refusal is told at once, with what Retry-After says', async () => {
  const { server, backend } = await open();
  server.answer({ kind: 'status', status: 503, retryAfter: '30', message: 'starting' });
  expect(await backend.write(makeRecords(5))).toMatchObject({
    status: 'retryable',
    afterMillis: 30_000,
    message: expect.stringContaining('HTTP 503'),
  });
});

test.each([{ kind: 'silence' } as const, { kind: 'trickle', everyMillis: 20, status: 503 } as const])(
  'a server that does not come to an end ($kind) holds a write no longer than timeoutMillis',
  async (answer) => {
    const { server, backend } = await open();
    server.answer(answer);
    // Neither answer ever ends: without the deadline this would not either.
    expect((await backend.write(makeRecords(1))).status).toBe('retryable');
  },
);
