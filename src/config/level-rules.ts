/**
 * The least level that a logger writes. An exact name wins over patterns. Among patterns, the one with the most characters other than `*` wins; among equals,
 * the last one.
 */

import { namePattern } from '../common/name-pattern.ts';
import { type Level, rankOfLevel } from '../record.ts';

export interface LevelSettings {
  /** For loggers that nothing in `levels` matches. */
  readonly level: Level;
  /** Name pattern → level. `*` stands for any run of characters. */
  readonly levels: Readonly<Record<string, Level>>;
}

export interface LevelRules {
  /** Rank of the least level that the logger of this name writes. */
  thresholdFor(name: string): number;
}

export function compileLevelRules(settings: LevelSettings): LevelRules {
  const byDefault = rankOfLevel(settings.level);
  const exact = new Map<string, number>();
  const patterns: { readonly weight: number; readonly matches: (name: string) => boolean; readonly rank: number }[] = [];
  for (const [pattern, level] of Object.entries(settings.levels)) {
    const rank = rankOfLevel(level);
    if (!pattern.includes('*')) exact.set(pattern, rank);
    else patterns.push({ weight: pattern.replaceAll('*', '').length, matches: namePattern(pattern), rank });
  }
  patterns.reverse().sort((a, b) => b.weight - a.weight);
  return {
    thresholdFor: (name) => exact.get(name) ?? patterns.find(({ matches }) => matches(name))?.rank ?? byDefault,
  };
}
