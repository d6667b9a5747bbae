import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { explainRoute, explainRouting } from '../../src/router/explain.ts';

const user: LoggingConfig = {
  environment: 'production',
  levels: { 'strategy.*': 'warning' },
  backends: {
    file: { path: '/tmp/hft-otel-router/app.log' },
    audit: { path: '/tmp/hft-otel-router/audit.jsonl' },
    memory: { level: 'error' },
  },
  routes: [
    { when: { logger: 'noisy.*' }, to: [] },
    { when: { logger: 'exchange.*', level: 'error' }, to: ['memory'], final: true },
  ],
};
const { config } = resolveConfig(user, {});

describe('a dry run', () => {
  test('reads like this', () => {
    expect(explainRoute(config, { level: 'warning', logger: 'exchange.mexc', tags: ['mexc', 'trading'] })).toMatchInlineSnapshot(`
      "warning of exchange.mexc [mexc, trading]
        → file    log records
        → audit   records tagged "trading"
        – memory  takes error and above
      rules, in order
        · routes[0] → nowhere (the logger's name is not noisy.*)
        · routes[1] → memory (it starts at error)
        ✓ log records → console, file, otlp, bridge, memory
        · audit events → audit, otlp, bridge, memory (it is for audit)
        · audit events while developing → console (the environment is production)
        ✓ records tagged "trading" → audit"
    `);
  });

  test('is in the documentation as it reads', () => {
    const document = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
    expect(document).toContain(explainRoute(config, { level: 'warning', logger: 'exchange.mexc', tags: ['mexc', 'trading'] }));
  });

  test('says when the logger does not write such a record at all', () => {
    const explained = explainRouting(config, { level: 'info', logger: 'strategy.maker' });
    expect(explained).toMatchObject({ written: false, writesFrom: 'warning' });
    expect(
      explained.backends.every(({ gets, because }) => !gets && because === 'not written: this logger writes from warning up'),
    ).toBe(true);
    expect(explainRoute(config, { level: 'info', logger: 'strategy.maker' })).toContain(
      'info of strategy.maker: not written, this logger writes from warning up',
    );
  });

  test('an audit event is always written', () => {
    const explained = explainRouting(config, { type: 'audit', logger: 'strategy.maker' });
    expect(explained.written).toBe(true);
    expect(explained.backends).toContainEqual({ backend: 'audit', gets: true, because: 'audit events' });
  });

  test('a level or a type that does not exist is refused, with those that do', () => {
    expect(() => explainRouting(config, { level: 'warm' as never })).toThrow(
      '"warm" is no level; use one of trace, debug, info, warning, error, fatal.',
    );
    expect(() => explainRouting(config, { type: 'metric' as never })).toThrow('"metric" is no type; use one of logs, audit.');
  });

  test('says where the asking ends', () => {
    const final = explainRouting(config, { level: 'error', logger: 'exchange.mexc' });
    expect(final.rules[1]).toMatchObject({ rule: 'routes[1]', applies: true, because: 'final' });
    expect(final.rules[2]).toMatchObject({ applies: false, because: 'not asked: routes[1] is the last' });
    const nowhere = explainRouting(config, { level: 'error', logger: 'noisy.feed' });
    expect(nowhere.rules[0]).toMatchObject({ applies: true, because: 'leads nowhere' });
    expect(nowhere.backends.every(({ gets, because }) => !gets && because === 'no rule leads here')).toBe(true);
  });

  test('says that a rule to nowhere spares audit events', () => {
    const explained = explainRouting(config, { type: 'audit', logger: 'noisy.feed' });
    expect(explained.rules[0]).toMatchObject({
      applies: false,
      because: 'audit events are dropped only by rules with type: audit',
    });
    expect(explained.backends.find(({ backend }) => backend === 'audit')?.gets).toBe(true);
  });

  test('refuses a level that is none', () => {
    expect(() => explainRouting(config, { level: 'warm' as never })).toThrow(
      /use one of trace, debug, info, warning, error, fatal/,
    );
  });

  test('needs no question', () => {
    expect(explainRouting(config)).toMatchObject({ record: 'info of app', written: true });
  });
});
