import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryBackend } from '../../src/backends/memory/memory.ts';
import { backendContract } from '../../src/testing/backend-contract.ts';
import { makeRecords } from '../support/records.ts';

backendContract('memory', test, () => {
  const backend = new MemoryBackend(10_000);
  return { backend, delivered: () => backend.read().map(({ attributes }) => attributes.number as number) };
});

backendContract('a backend that does nothing with what it takes', test, () => ({ backend: { write() {} } }));

test('memory keeps the newest records, oldest first, like an array that is cut at its start', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(30), { maxLength: 10 }), (capacity, batches) => {
      const backend = new MemoryBackend(capacity);
      const all: number[] = [];
      for (const size of batches) {
        const batch = makeRecords(size, all.length);
        all.push(...batch.map(({ sequence }) => sequence));
        backend.write(batch);
        expect(backend.read().map(({ sequence }) => sequence)).toEqual(all.slice(-capacity));
      }
    }),
  );
});

test('what was read stays as it was when more is written', () => {
  const backend = new MemoryBackend(2);
  backend.write(makeRecords(2));
  const read = backend.read();
  backend.write(makeRecords(2, 2));
  expect(read.map(({ sequence }) => sequence)).toEqual([0, 1]);
});
