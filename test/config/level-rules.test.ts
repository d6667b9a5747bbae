import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileLevelRules } from '../../src/config/level-rules.ts';
import { LEVELS, type Level } from '../../src/record.ts';

const levelOf = (levels: Record<string, Level>, name: string, level: Level = 'info') =>
  LEVELS[compileLevelRules({ level, levels }).thresholdFor(name)];

describe('which level a logger writes from', () => {
  test('the default when no pattern matches', () => {
    expect(levelOf({ 'exchange.*': 'debug' }, 'strategy.ws')).toBe('info');
  });

  test('the pattern with the most characters wins, wherever it stands', () => {
    const levels: Record<string, Level> = { 'strategy.*': 'warning', 'strategy.ws.*': 'debug', '*': 'error' };
    expect(levelOf(levels, 'strategy.ws.maker')).toBe('debug');
    expect(levelOf(levels, 'strategy.rest')).toBe('warning');
    expect(levelOf(levels, 'app')).toBe('error');
    expect(levelOf({ 'a********': 'debug', 'ab*': 'error' }, 'abc')).toBe('error');
  });

  test('an exact name beats every pattern', () => {
    expect(
      levelOf(
        { 'strategy.ws.private.spot.*': 'error', 'strategy.ws.private.spot.x': 'debug', '*': 'error' },
        'strategy.ws.private.spot.x',
      ),
    ).toBe('debug');
  });

  test('of equal patterns the one given last wins', () => {
    expect(levelOf({ 'a*': 'debug', '*a': 'error' }, 'a')).toBe('error');
    expect(levelOf({ '*a': 'error', 'a*': 'debug' }, 'a')).toBe('debug');
  });

  test('names of object members are names like any other', () => {
    expect(levelOf({}, '__proto__')).toBe('info');
    expect(levelOf({}, 'constructor')).toBe('info');
  });
});

describe('withLevel', () => {
  test('adds a rule, replaces one of the same pattern, and leaves the old rules as they were', () => {
    const before = compileLevelRules({ level: 'info', levels: { 'a.*': 'error' } });
    const after = before.withLevel('a.*', 'debug').withLevel('b', 'warning');
    expect(before.thresholdFor('a.x')).toBe(3);
    expect(after.thresholdFor('a.x')).toBe(0);
    expect(after.thresholdFor('b')).toBe(2);
    expect(after.thresholdFor('c')).toBe(1);
  });

  test('a chain of changes ends where the same settings at once would', () => {
    const change = fc.tuple(fc.constantFrom('*', 'a*', '*b', 'a.b', 'a.*', '*.*'), fc.constantFrom(...LEVELS));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.constantFrom('a', 'a.b', 'ab', 'x', 'a.x.b'), (changes, name) => {
        const chained = changes.reduce(
          (rules, [pattern, level]) => rules.withLevel(pattern, level),
          compileLevelRules({ level: 'info', levels: {} }),
        );
        const order = new Map<string, Level>();
        for (const [pattern, level] of changes) {
          order.delete(pattern);
          order.set(pattern, level);
        }
        const atOnce = compileLevelRules({ level: 'info', levels: Object.fromEntries(order) });
        expect(chained.thresholdFor(name)).toBe(atOnce.thresholdFor(name));
      }),
    );
  });
});
