import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadableRecords } from '../../src/backends/otlp/readable-record.ts';
import { countLogs, splitLogs } from '../../src/backends/otlp/split.ts';
import { decodeProtobufRequest } from '../support/otlp-decode.ts';
import { makeRecords } from '../support/records.ts';

test('both halves together have every record, once, in order, each with its scope and resource', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 2, maxLength: 30 }), fc.nat(), (scopes, pick) => {
      const resources = [0, 1].map((i) => new ReadableRecords({ resource: { 'service.name': `s${i}` } }));
      const records = makeRecords(scopes.length).map((record, i) =>
        resources[scopes[i]! % 2]!.from({ ...record, loggerName: `scope ${scopes[i]}` }),
      );
      const request = ProtobufLogsSerializer.serializeRequest(records)!;
      const whole = decodeProtobufRequest(Buffer.from(request));
      const count = 1 + (pick % (scopes.length - 1));
      const [first, second] = splitLogs(request, count)!.map((half) => decodeProtobufRequest(Buffer.from(half)));
      expect(first).toEqual(whole.slice(0, count));
      expect(second).toEqual(whole.slice(count));
      expect(splitLogs(request, scopes.length)).toBeUndefined();
      expect(countLogs(request)).toBe(scopes.length);
    }),
    { numRuns: 100 },
  );
});

test('what is no request is not split nor counted, and nothing throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(5), (bytes, count) => {
      splitLogs(bytes, count);
      countLogs(bytes);
    }),
    { numRuns: 2_000 },
  );
  expect(splitLogs(Buffer.from([0x0a, 0xff]), 1)).toBeUndefined();
  expect(countLogs(Buffer.from([0x0a, 0xff]))).toBe(0);
});
