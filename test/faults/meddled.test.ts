import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { program } from './support/programs.ts';

const WAYS = [
  'Object.prototype has more properties',
  'Object.prototype has a toJSON',
  'Object.prototype has a property that nobody may read',
  'Array.prototype has more properties',
  'String.prototype and Number.prototype have a toJSON',
  'JSON.stringify throws',
  'Date.now stands still',
  'the clock of performance stands still',
  'timers never fire',
  'Atomics.notify does nothing',
  'Map and Array are patched',
  'standard output throws',
];
const pairs = WAYS.flatMap((way) => (['by the worker', 'at once'] as const).map((end) => ({ way, end })));

test.each(pairs)('$way: what is logged is delivered as ever, $end', async ({ way, end }) => {
  using folder = temporaryFolder();
  const result = await runProgram(program('meddled.ts'), [folder.path, way, end]);
  expect(result.code, result.stderr).toBe(7);
  expect(result.stderr).toBe(
    `complete true, dropped 0, ${end === 'at once' ? 'orders undefined, timed undefined' : 'orders 100, timed 100'}`,
  );
  const [early, ...lines] = jsonLinesIn(folder.path, 'app');
  expect(early).toMatchObject({ logger: 'early', msg: 'early', i: 0 });
  expect(lines.length).toBe(400);
  const [placed, unique, nested, failed] = lines.slice(-4);
  const common = { tags: ['mexc', 'private', 'rest'], exchange: 'mexc', api_type: 'private', transport: 'rest' };
  const { time, seq, ...said } = placed;
  expect(said).toEqual({
    ...common,
    level: 'info',
    logger: 'exchange.mexc.private.rest',
    msg: 'order placed',
    symbol: 'BTCUSDT',
    i: 100,
    price: 0.5,
  });
  expect(Math.abs(Date.parse(time as string) - Date.now())).toBeLessThan(120_000);
  expect(seq).toBe(397);
  expect(unique).toMatchObject({ msg: 'unique 100', i: 100 });
  // A toJSON is asked, wherever a value has it from; JSON.stringify does the same.
  const value = way === 'Object.prototype has a toJSON' ? 'polluted' : { list: [1, 'two', { three: 3 }] };
  expect(nested).toMatchObject({ desk: 'a', nested: value, none: null });
  expect(failed).toMatchObject({ 'exception.type': 'Error', 'exception.message': 'error 100' });
  expect(jsonLinesIn(folder.path, 'audit').map(({ audit_seq, i, side }) => [audit_seq, i, side])).toEqual(
    Array.from({ length: 100 }, (_, i) => [i + 1, i + 1, 'BUY']),
  );
});
