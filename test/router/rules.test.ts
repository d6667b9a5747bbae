import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { type Lane, LEVELS, type Level } from '../../src/record.ts';
import { explainRouting } from '../../src/router/explain.ts';
import { compileRoutes } from '../../src/router/rules.ts';
import type { RouteRule } from '../../src/settings/vocabulary.ts';

interface Question {
  readonly type?: Lane;
  readonly level?: Level;
  readonly logger?: string;
  readonly tags?: readonly string[];
}

/** Names of the backends that get a record. */
function receivers(config: LoggingConfig, { type = 'logs', level = 'info', logger = 'app', tags = [] }: Question = {}): string[] {
  const routes = compileRoutes(resolveConfig(config, {}).config);
  const mask = routes.maskFor(type, LEVELS.indexOf(level), logger, tags);
  return routes.backends.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

const ALL = {
  console: {},
  file: { path: '/tmp/hft-otel-router/app.log' },
  audit: { path: '/tmp/hft-otel-router/audit.jsonl' },
  otlp: { endpoint: 'http://localhost:4318' },
  bridge: { target: () => {} },
  memory: {},
  slack: { module: './slack.js' },
};
const development: LoggingConfig = { environment: 'development', backends: ALL };
const production: LoggingConfig = { environment: 'production', backends: ALL };

describe('bits', () => {
  test('follow the built-in order, then the order of the configuration; metric backends have none', () => {
    const backends = {
      zeta: { module: 'z' },
      memory: {},
      prometheus: {},
      alpha: { module: 'a' },
      console: {},
      histogram: {},
      off: { module: 'o', enabled: false },
    };
    expect(compileRoutes(resolveConfig({ backends }, {}).config).backends).toEqual(['console', 'memory', 'zeta', 'alpha']);
  });

  test('31 backends have one each', () => {
    const own = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`own${i}`, { module: 'x' }]));
    const { slack: _slack, ...all } = ALL;
    const config: LoggingConfig<string> = { backends: { ...all, ...own } as never };
    const got = receivers(config, { tags: ['trading'] });
    expect(got).toHaveLength(31);
    expect(got[30]).toBe('own24');
  });

  test('OTLP for metrics alone takes no records', () => {
    const backends = { memory: {}, otlp: { metricsEndpoint: 'http://localhost:1' } };
    expect(compileRoutes(resolveConfig({ backends }, {}).config).backends).toEqual(['memory']);
  });
});

describe('default routes', () => {
  test('development: log records go everywhere but to audit', () => {
    for (const level of LEVELS) {
      expect(receivers(development, { level })).toEqual(['console', 'file', 'otlp', 'bridge', 'memory', 'slack']);
    }
  });

  test('production: a file named by hand takes what loggers write', () => {
    for (const level of LEVELS) expect(receivers(production, { level })).toEqual(receivers(development, { level }));
  });

  test('the production preset: the file gets warnings and errors', () => {
    expect(receivers({ preset: 'production' }, { level: 'info' })).toEqual([]);
    expect(receivers({ preset: 'production' }, { level: 'warning' })).toEqual(['file']);
    expect(receivers({ preset: 'production' }, { level: 'error' })).toEqual(['file']);
  });

  test('production: a level given for the file holds', () => {
    const backends = { ...ALL, file: { ...ALL.file, level: 'info' as const } };
    expect(receivers({ ...production, backends }, { level: 'info' })).toContain('file');
    expect(receivers({ ...production, backends }, { level: 'debug' })).not.toContain('file');
  });

  test('warnings go to the file in every environment', () => {
    for (const environment of ['development', 'production', 'test'] as const) {
      expect(receivers({ environment, backends: ALL }, { level: 'warning' })).toContain('file');
    }
  });

  test('audit events go to audit and OTLP, not to the file; to the console while developing', () => {
    expect(receivers(production, { type: 'audit' })).toEqual(['audit', 'otlp', 'bridge', 'memory', 'slack']);
    expect(receivers(development, { type: 'audit' })).toEqual(['console', 'audit', 'otlp', 'bridge', 'memory', 'slack']);
  });

  test('records tagged trading go to audit, too', () => {
    expect(receivers(production, { level: 'error', tags: ['mexc', 'trading'] })).toEqual([
      'console',
      'file',
      'audit',
      'otlp',
      'bridge',
      'memory',
      'slack',
    ]);
    expect(receivers(production, { level: 'error', tags: ['mexc', 'trading_desk'] })).not.toContain('audit');
  });
});

describe('levels of backends', () => {
  test('keep records below them out', () => {
    const backends = { memory: { level: 'error' as const }, slack: { module: 'x', level: 'warning' as const } };
    expect(receivers({ backends }, { level: 'warning' })).toEqual(['slack']);
    expect(receivers({ backends }, { level: 'error' })).toEqual(['memory', 'slack']);
  });

  test('do not keep audit events from the backends that carry them', () => {
    const backends = {
      audit: { level: 'error' as const },
      otlp: { endpoint: 'http://localhost:1', level: 'error' as const },
      memory: { level: 'error' as const },
    };
    expect(receivers({ backends }, { type: 'audit' })).toEqual(['audit', 'otlp']);
    expect(receivers({ backends }, { type: 'logs', tags: ['trading'] })).toEqual([]);
  });
});

describe('rules of the user', () => {
  const rules = (routes: readonly RouteRule[], more: Partial<LoggingConfig> = {}): LoggingConfig => ({
    ...development,
    routes,
    ...more,
  });

  test('add to the default ones', () => {
    const config = rules([{ when: { logger: 'exchange.*' }, to: ['audit'] }]);
    expect(receivers(config, { logger: 'exchange.mexc' })).toContain('audit');
    expect(receivers(config, { logger: 'exchange.mexc' })).toContain('console');
    expect(receivers(config, { logger: 'strategy.x' })).not.toContain('audit');
  });

  test('replace them when asked', () => {
    const config = rules(
      [
        { when: { level: 'error' }, to: ['file'] },
        { when: { level: ['debug', 'info'] }, to: ['memory'] },
      ],
      { routesMode: 'replace' },
    );
    expect(receivers(config, { level: 'error' })).toEqual(['file']);
    expect(receivers(config, { level: 'warning' })).toEqual([]);
    expect(receivers(config, { level: 'info' })).toEqual(['memory']);
  });

  test('all parts of a condition must hold, tags in any order', () => {
    const config = rules([
      {
        when: { level: 'warning', type: 'logs', tags: ['b', 'a'], logger: '*.rest', environment: ['development', 'test'] },
        to: ['audit'],
      },
    ]);
    const meets: Question = { level: 'error', logger: 'x.rest', tags: ['a', 'b', 'c'] };
    expect(receivers(config, meets)).toContain('audit');
    for (const miss of [{ level: 'info' }, { logger: 'x.ws' }, { tags: ['a'] }] as Question[])
      expect(receivers(config, { ...meets, ...miss })).not.toContain('audit');
    expect(receivers({ ...config, environment: 'production' }, meets)).not.toContain('audit');
  });

  test('a final one keeps the later ones from being asked, an earlier one stands', () => {
    const config = rules([
      { when: { level: 'error' }, to: ['bridge'] },
      { when: { logger: 'noisy.*' }, to: ['memory'], final: true },
      { when: {}, to: ['audit'] },
    ]);
    expect(receivers(config, { logger: 'noisy.feed' })).toEqual(['memory']);
    expect(receivers(config, { logger: 'noisy.feed', level: 'error' })).toEqual(['bridge', 'memory']);
    expect(receivers(config, { logger: 'calm' })).toContain('audit');
  });

  test('an empty one leads nowhere, and takes audit events only if it names them', () => {
    const anything = rules([{ when: { logger: 'noisy.*' }, to: [] }]);
    expect(receivers(anything, { logger: 'noisy.feed', level: 'error' })).toEqual([]);
    expect(receivers(anything, { logger: 'noisy.feed', type: 'audit' })).toContain('audit');
    const named = rules([{ when: { logger: 'noisy.*', type: ['logs', 'audit'] }, to: [] }]);
    expect(receivers(named, { logger: 'noisy.feed', type: 'audit' })).toEqual([]);
  });

  test('may lead to a backend that does not run', () => {
    expect(receivers({ environment: 'test', backends: { memory: {} }, routes: [{ when: {}, to: ['file'] }] })).toEqual([
      'memory',
    ]);
  });
});

describe('for whatever rules', () => {
  const level = fc.constantFrom(...LEVELS);
  const tag = fc.constantFrom('trading', 'a', 'b');
  const when = fc.record(
    {
      level: fc.oneof(level, fc.uniqueArray(level, { minLength: 1 })),
      type: fc.constantFrom<Lane>('logs', 'audit'),
      tags: fc.uniqueArray(tag, { minLength: 1 }),
      logger: fc.constantFrom('*', 'a*', '*b', 'ab'),
      environment: fc.constantFrom('development', 'production', 'test'),
    },
    { requiredKeys: [] },
  );
  const rule = fc.record({
    when,
    to: fc.uniqueArray(fc.constantFrom('console', 'file', 'audit', 'otlp', 'memory')),
    final: fc.boolean(),
  });
  const config = fc.record({
    environment: fc.constantFrom('development', 'production', 'test'),
    level,
    routes: fc.array(rule, { maxLength: 6 }),
    routesMode: fc.constantFrom('extend', 'replace'),
    backends: fc.record({
      console: fc.record({ level, enabled: fc.boolean() }),
      file: fc.constant(ALL.file),
      audit: fc.record({ level, path: fc.constant(ALL.audit.path) }),
      otlp: fc.record({ level, endpoint: fc.constant('http://localhost:4318') }),
      memory: fc.record({ level }),
    }),
  });
  const question = fc.record({
    level,
    type: fc.constantFrom<Lane>('logs', 'audit'),
    logger: fc.constantFrom('a', 'ab', 'c'),
    tags: fc.uniqueArray(tag),
  });

  test('the explanation and the mask say the same', () => {
    fc.assert(
      fc.property(config, question, (user, asked) => {
        const resolved = resolveConfig(user as LoggingConfig, {}).config;
        const explained = explainRouting(resolved, asked);
        const getting = explained.backends.filter(({ gets }) => gets).map(({ backend }) => backend);
        expect(getting).toEqual(explained.written ? receivers(user as LoggingConfig, asked) : []);
      }),
      { numRuns: 1000 },
    );
  });

  test('an audit event gets to the audit file unless a rule for audit events ends before', () => {
    fc.assert(
      fc.property(config, question, (user, asked) => {
        const ends = ({ when, to, final }: RouteRule) => (to.length === 0 && when.type === 'audit') || (final && to.length > 0);
        fc.pre(user.routesMode === 'extend' && !(user.routes as RouteRule[]).some(ends));
        expect(receivers(user as LoggingConfig, { ...asked, type: 'audit' })).toContain('audit');
      }),
    );
  });
});
