import { expect, test } from 'vitest';
import { SeriesCollector } from '../../src/series/collect.ts';
import { SERIES_FORMAT, WORD_FORMAT } from '../../src/series/layout.ts';
import { SeriesTable } from '../../src/series/table.ts';

test('a table that another version of the package has laid out is left out of collections, which say so with a code; the others are collected', () => {
  const collector = new SeriesCollector();
  for (const [id, format] of [
    ['ours', SERIES_FORMAT],
    ['theirs', SERIES_FORMAT + 1],
  ] as const) {
    const memory = new SharedArrayBuffer(65_536);
    const table = new SeriesTable(memory, { grow: () => undefined, announce: () => {} });
    const scope = { name: id };
    const counter = {
      scope,
      name: 'orders',
      kind: 'counter',
      unit: '',
      description: '',
      integer: false,
      observed: false,
      bounds: [],
    } as const;
    table.defineScalar(table.defineInstrument(counter)!, []);
    new Int32Array(memory)[WORD_FORMAT] = format;
    collector.addBlock(id, memory);
  }
  const { instruments, errors } = collector.collect();
  expect(instruments.map(({ definition }) => definition.scope.name)).toEqual(['ours']);
  expect(errors).toMatchObject([{ code: 'HFT_RING_FORMAT', message: expect.stringContaining('install one version') }]);
});
