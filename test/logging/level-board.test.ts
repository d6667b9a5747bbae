import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LevelBoard } from '../../src/caller/level-board.ts';
import { compileLevelRules, type LevelSettings } from '../../src/config/level-rules.ts';
import { allocateSignals } from '../../src/memory/signals.ts';
import { LEVELS, type Level, rankOfLevel } from '../../src/record.ts';

/** The board of the thread that configured, and that of another one on the same memory. */
function boards(initial: LevelSettings): { readonly own: LevelBoard; readonly others: LevelBoard } {
  const signals = allocateSignals();
  return { own: new LevelBoard(signals, initial), others: new LevelBoard(signals, initial) };
}

describe('levels that are set at run time', () => {
  test('a rule is added, or replaces the one of the same pattern, on every thread', () => {
    const { own, others } = boards({ level: 'info', levels: { 'a.*': 'error' } });
    expect(others.thresholdFor('a.x')).toBe(rankOfLevel('error'));
    expect(own.setLevel('a.*', 'debug') && own.setLevel('b', 'warning')).toBe(true);
    for (const board of [own, others]) {
      expect(board.thresholdFor('a.x')).toBe(rankOfLevel('debug'));
      expect(board.thresholdFor('b')).toBe(rankOfLevel('warning'));
      expect(board.thresholdFor('c')).toBe(rankOfLevel('info'));
    }
  });

  test('a chain of changes ends where the same settings at once would', () => {
    const change = fc.tuple(fc.constantFrom('*', 'a*', '*b', 'a.b', 'a.*', '*.*'), fc.constantFrom(...LEVELS));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.constantFrom('a', 'a.b', 'ab', 'x', 'a.x.b'), (changes, name) => {
        const { own, others } = boards({ level: 'info', levels: {} });
        const order = new Map<string, Level>();
        for (const [pattern, level] of changes) {
          own.setLevel(pattern, level);
          order.delete(pattern);
          order.set(pattern, level);
        }
        const atOnce = compileLevelRules({ level: 'info', levels: Object.fromEntries(order) });
        expect(others.thresholdFor(name)).toBe(atOnce.thresholdFor(name));
      }),
    );
  });

  test('what finds no room on the board is refused, and changes nothing', () => {
    const { own, others } = boards({ level: 'info', levels: {} });
    expect(own.setLevel('x'.repeat(40_000), 'error')).toBe(false);
    expect(own.setLevel('a', 'error')).toBe(true);
    expect(others.thresholdFor('a')).toBe(rankOfLevel('error'));
    expect(others.thresholdFor('x'.repeat(40_000))).toBe(rankOfLevel('info'));
  });
});
