/**
 * A rule's condition, compiled. Every part that is given must be true.
 */
import { namePattern } from '../common/name-pattern.ts';
import { type Lane, type Level, rankOfLevel, readLevel } from '../record.ts';
import type { Environment, RouteCondition } from '../settings/vocabulary.ts';

/** The part of a record that rules read. */
export interface RoutedRecord {
  readonly lane: Lane;
  readonly levelRank: number;
  readonly loggerName: string;
  readonly tags: readonly string[];
}

/** Undefined when the record meets the condition; otherwise the first unmet part, in words. */
export type Condition = (record: RoutedRecord) => string | undefined;

export function compileCondition(when: RouteCondition, environment: Environment): Condition {
  const parts: { readonly holds: (record: RoutedRecord) => boolean; readonly otherwise: string }[] = [];
  if (when.environment !== undefined) {
    const holds = [when.environment].flat().includes(environment);
    parts.push({ holds: () => holds, otherwise: `the environment is ${environment}` });
  }
  if (when.type !== undefined) {
    const lanes: readonly Lane[] = [when.type].flat();
    parts.push({ holds: ({ lane }) => lanes.includes(lane), otherwise: `it is for ${lanes.join(' and ')}` });
  }
  if (when.level !== undefined) {
    const ranks = [when.level].flat().map((name) => rankOfLevel(readLevel(name) as Level));
    const exactly = typeof when.level === 'string' ? undefined : ranks;
    const [least] = ranks;
    parts.push({
      holds: ({ levelRank }) => (exactly === undefined ? levelRank >= least : exactly.includes(levelRank)),
      otherwise: exactly === undefined ? `it starts at ${when.level}` : `it is for ${[when.level].flat().join(' and ')}`,
    });
  }
  if (when.logger !== undefined) {
    const matches = namePattern(when.logger);
    parts.push({ holds: ({ loggerName }) => matches(loggerName), otherwise: `the logger's name is not ${when.logger}` });
  }
  if (when.tags !== undefined) {
    const wanted = when.tags;
    parts.push({
      holds: ({ tags }) => wanted.every((tag) => tags.includes(tag)),
      otherwise: `the logger is not tagged ${wanted.join(' and ')}`,
    });
  }
  return (record) => parts.find(({ holds }) => !holds(record))?.otherwise;
}
