import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { LEVEL_FACTS, LEVELS, rankOfSeverity, readLevel, SEVERITY_NUMBERS } from '../../src/record.ts';

const resolved = (config: LoggingConfig, env: NodeJS.ProcessEnv = {}) => resolveConfig(config, env).config;

describe('levels as people write them', () => {
  test('in any case, and `warn`, wherever a level is read', () => {
    for (const level of LEVELS) expect([readLevel(level), readLevel(level.toUpperCase())]).toEqual([level, level]);
    for (const warn of ['warn', 'WARN', 'Warning']) expect(readLevel(warn)).toBe('warning');
    for (const none of ['', 'warnin', 'constructor', 'toString', 3, null, undefined, {}]) expect(readLevel(none)).toBeUndefined();
    const config = resolved({
      level: 'warn',
      levels: { a: 'WARN' as never },
      backends: { memory: { level: 'Fatal' as never } },
      routes: [{ when: { level: ['warn', 'error'] }, to: ['memory'] }],
    });
    expect([config.level, config.levels.a, config.backends.memory.level]).toEqual(['warning', 'warning', 'fatal']);
    expect(config.routes[0]!.when.level).toEqual(['warning', 'error']);
    expect(resolved({}, { HFT_LOG_LEVEL: 'warn', HFT_LOG_LEVELS: 'a=WARN' })).toMatchObject({
      level: 'warning',
      levels: { a: 'warning' },
    });
  });

  test('every severity of OpenTelemetry has the level in whose range it is', () => {
    const ranks = Array.from({ length: 24 }, (_, i) => LEVELS[rankOfSeverity(i + 1)]);
    expect(ranks).toEqual(LEVELS.flatMap((level) => Array(4).fill(level)));
    expect([rankOfSeverity(0), rankOfSeverity(-3), rankOfSeverity(99)].map((rank) => LEVELS[rank])).toEqual([
      'info',
      'info',
      'fatal',
    ]);
    expect(LEVEL_FACTS.map(({ column }) => column.length)).toEqual(SEVERITY_NUMBERS.map(() => 5));
  });

  test('one share of the ring may be given: the others make way', () => {
    expect(resolved({ overflow: { debug: 0.1 } }).overflowShares).toEqual([0.1, 0.1, 0.75, 0.9, 1, 1]);
    expect(resolved({ overflow: { warning: 0.3 } }).overflowShares).toEqual([0.3, 0.3, 0.3, 0.3, 1, 1]);
    expect(resolved({ overflow: { trace: 0.8 } }).overflowShares).toEqual([0.8, 0.8, 0.8, 0.9, 1, 1]);
    expect(() => resolved({ overflow: { trace: 0.8, debug: 0.7 } })).toThrow('do not decrease');
  });
});
