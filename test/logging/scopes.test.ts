/**
 * Names and tags of loggers, also from callers without types: what was handed in is seen in what comes out.
 */
import { expect, test } from 'vitest';
import { exchangeScope, strategyScope } from '../../src/caller/scopes.ts';

test('tags of a strategy have a meaning by their place, and further ones none', () => {
  expect(strategyScope('spot.maker', ['mexc', 'private', 'ws', 'maker', 'shadow'])).toEqual({
    name: 'strategy.spot.maker',
    tags: ['mexc', 'private', 'ws', 'maker', 'shadow'],
    attributes: { exchange: 'mexc', api_type: 'private', transport: 'ws', strategy_type: 'maker' },
  });
});

test('one tag that was not put into an array is that tag', () => {
  expect(strategyScope('maker', 'mexc' as never)).toEqual(strategyScope('maker', ['mexc']));
});

test('what is no text, or not there, is seen as such', () => {
  expect(strategyScope('maker', undefined as never).tags).toEqual([]);
  expect(strategyScope(undefined as never, [1, null] as never)).toMatchObject({
    name: 'strategy.undefined',
    tags: ['1', 'null'],
  });
  expect(exchangeScope('mexc', undefined as never).name).toBe('exchange.mexc.undefined');
});
