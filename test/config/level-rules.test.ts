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
