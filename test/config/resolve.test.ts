import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { ResolvedConfig } from '../../src/config/resolved.ts';
import type { SettingPath } from '../../src/config/settings.ts';
import { SETTING_PATHS } from '../../src/config/settings.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { configOf, SAMPLES } from './samples.ts';

const resolved = <Own extends string = never>(config: LoggingConfig<Own> = {}, env: NodeJS.ProcessEnv = {}): ResolvedConfig =>
  resolveConfig(config, env).config;
const enabledIn = ({ backends }: ResolvedConfig) =>
  (['console', 'file', 'audit', 'otlp', 'bridge', 'memory', 'prometheus', 'histogram'] as const).filter(
    (name) => backends[name].enabled,
  );

describe('an empty configuration', () => {
  test.each([
    ['development', ['console']],
    ['production', ['file', 'audit']],
    ['test', ['memory']],
  ] as const)('runs something useful in the environment %s', (environment, backends) => {
    expect(enabledIn(resolved({ environment }))).toEqual(backends);
    expect(resolved({ environment }).warnings).toEqual([]);
  });

  test('has the documented sizes', () => {
    expect(resolved()).toMatchObject({
      ringBytes: 2_560_000,
      batchSize: 500,
      flushIntervalMillis: 10,
      overflowShares: [0.4, 0.5, 0.75, 0.9, 1, 1],
      exitTimeoutMillis: 5_000,
      cardinalityLimit: 2_000,
      backends: {
        console: { bufferBytes: 4_194_304 },
        file: { bufferBytes: 16_777_216 },
        audit: { bufferBytes: 4_194_304 },
        otlp: { queueBytes: 16_777_216, maxRequestBytes: 1_048_576 },
      },
    });
  });
});

describe('backends', () => {
  test('naming one runs that one and no other', () => {
    expect(enabledIn(resolved({ environment: 'production', backends: { console: {} } }))).toEqual(['console']);
    expect(enabledIn(resolved({ backends: { memory: {}, prometheus: { port: 1 } } }))).toEqual(['memory', 'prometheus']);
  });

  test('enabled: false turns one off, whatever its section says', () => {
    expect(enabledIn(resolved({ backends: { memory: {}, file: { enabled: false, path: 'x.log' } } }))).toEqual(['memory']);
  });

  test('one of the user runs unless told otherwise, and keeps a copy of its options', () => {
    const options = { url: 'x', cycle: {} as unknown };
    options.cycle = options;
    const { backends } = resolved({
      backends: { slack: { module: './slack.js', level: 'error', options }, other: { module: 'pkg/sub', enabled: false } },
    });
    options.url = 'changed';
    expect(backends.modules.map(({ name, enabled, level, module }) => [name, enabled, level, module])).toEqual([
      ['slack', true, 'error', pathToFileURL(resolve('slack.js')).href],
      ['other', false, 'trace', 'pkg/sub'],
    ]);
    const copy = backends.modules[0].options as typeof options;
    expect(copy.url).toBe('x');
    expect(copy.cycle).toBe(copy);
  });

  test('a target of the bridge is kept apart, and only when the bridge runs', () => {
    const target = () => {};
    expect(resolveConfig({ backends: { bridge: { target } } }, {}).bridgeTarget).toBe(target);
    expect(resolveConfig({ backends: { bridge: { target, enabled: false }, memory: {} } }, {}).bridgeTarget).toBeUndefined();
    expect(resolveConfig({ backends: { bridge: { target: console } } }, {}).bridgeTarget).toBe(console);
  });

  test('paths are absolute, so that a later chdir moves nothing', () => {
    const { backends } = resolved({ backends: { file: { path: 'a/b.log' }, audit: {} } });
    expect(backends.file.path).toBe(resolve('a/b.log'));
    expect(backends.audit.path).toBe(resolve('logs/audit.jsonl'));
  });
});

describe('every setting', () => {
  const base: Partial<Record<SettingPath, unknown>> = {
    'service.instanceId': 'same',
    'backends.otlp.endpoint': 'http://localhost:4318',
    'backends.bridge.target': () => {},
    'backends.memory.level': 'debug',
    'backends.console.enabled': false,
    'backends.console.colored': false,
    'backends.console.structured': true,
    'backends.file.enabled': false,
    'backends.audit.enabled': false,
    'backends.prometheus.enabled': false,
    'backends.histogram.enabled': false,
    'backends.otlp.clientCertificate': SAMPLES['backends.otlp.clientCertificate'],
    'backends.otlp.clientKey': SAMPLES['backends.otlp.clientKey'],
  };
  /** Alone in what they allow, or seen elsewhere: `target` is in the Resolution, the other two files are given together above. */
  const without: readonly SettingPath[] = [
    'backends.audit.format',
    'backends.bridge.target',
    'backends.otlp.clientCertificate',
    'backends.otlp.clientKey',
  ];

  test.each(SETTING_PATHS.filter((path) => !without.includes(path)))('%s has an effect', (path) => {
    const sample = path === 'backends.otlp.enabled' ? false : SAMPLES[path];
    expect(resolved(configOf({ ...base, [path]: sample }))).not.toEqual(resolved(configOf(base)));
  });

  test('may be given at once', () => {
    const config = resolved(configOf({ ...SAMPLES, routes: [] }));
    expect(config.resource).toMatchObject({
      'service.name': 'gateway',
      'service.instance.id': 'gw-1',
      shard: 3,
      'deployment.environment.name': 'production',
    });
    expect(config.overflowShares).toEqual([0.2, 0.25, 0.6, 0.8, 0.95, 0.99]);
    expect(config.backends.otlp).toMatchObject({
      logsEndpoints: ['https://logs.example/otlp/v1/logs?tenant=1'],
      auditEndpoints: ['https://audit.example/v1/logs'],
      headers: { authorization: 'Bearer abc', 'x-scope-orgid': 'desk 1' },
      auditHeaders: { 'x-hft-lane': 'audit', authorization: 'Bearer abc', 'x-audit': 'yes' },
      metrics: {
        endpoint: 'https://metrics.example/api/v1/otlp',
        headers: { authorization: 'Bearer abc' },
        compression: 'gzip',
        timeoutMillis: 2_000,
      },
    });
  });
});

describe('what comes out', () => {
  const { config } = resolveConfig(configOf(SAMPLES), {});

  test('is frozen in depth', () => {
    const seen: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      seen.push(path);
      expect(Object.isFrozen(value), path).toBe(true);
      for (const [key, member] of Object.entries(value)) visit(member, `${path}.${key}`);
    };
    visit(config, 'config');
    expect(seen.length).toBeGreaterThan(30);
  });

  test('survives the way to the worker', () => {
    expect(structuredClone(config)).toEqual(config);
  });

  test('has nothing in common with what went in', () => {
    const levels: Record<string, 'debug' | 'error'> = { a: 'debug' };
    const to = ['memory'];
    const result = resolved({ levels, routes: [{ when: {}, to }], backends: { memory: {} } });
    levels.a = 'error';
    to.push('file');
    expect(result.levels).toEqual({ a: 'debug' });
    expect(result.routes[0].to).toEqual(['memory']);
    expect(Object.isFrozen(to)).toBe(false);
  });

  test('may come from a module', async () => {
    const module = await import(
      `data:text/javascript,${encodeURIComponent("export const level = 'error'; export const backends = { memory: {} };")}`
    );
    expect(resolved(module).level).toBe('error');
  });

  test('takes a frozen configuration and leaves it alone', () => {
    const config = Object.freeze({ ringBufferSize: 512, backends: Object.freeze({ memory: Object.freeze({ capacity: 3 }) }) });
    expect(resolved(config).backends.memory.capacity).toBe(3);
  });
});

describe('the ring', () => {
  test.each([
    [1, 65_536],
    [256, 65_536],
    [257, 65_792],
    [10_000, 2_560_000],
    [4_194_304, 1_073_741_824],
  ])('of %i records has %i bytes', (ringBufferSize, bytes) => {
    expect(resolved({ ringBufferSize, batchSize: 1 }).ringBytes).toBe(bytes);
  });
});

describe('redact', () => {
  test('replaces the default list, extends it with "...", or turns it off', () => {
    const { redact } = resolved();
    expect(redact).toContain('*api_key');
    expect(resolved({ redact: ['iban', '...'] }).redact).toEqual(['iban', ...redact]);
    expect(resolved({ redact: ['iban'] }).redact).toEqual(['iban']);
    expect(resolved({ redact: [] }).redact).toEqual([]);
  });
});

describe('the console', () => {
  const consoleOf = (env: NodeJS.ProcessEnv, console = {}) => resolved({ backends: { console } }, env).backends.console;

  test('FORCE_COLOR colours, NO_COLOR does not, the first wins, the code over both', () => {
    expect(consoleOf({ FORCE_COLOR: '1' }).colored).toBe(true);
    expect(consoleOf({ FORCE_COLOR: '0' }).colored).toBe(false);
    expect(consoleOf({ NO_COLOR: '1' }).colored).toBe(false);
    expect(consoleOf({ NO_COLOR: '1', FORCE_COLOR: '1' }).colored).toBe(true);
    expect(consoleOf({ NO_COLOR: '1' }, { colored: true }).colored).toBe(true);
  });

  test('writes JSON where nobody reads along', () => {
    expect(consoleOf({}).structured).toBe(!process.stdout.isTTY);
    expect(consoleOf({}, { structured: false }).structured).toBe(false);
  });
});

describe('with a polluted Object.prototype', () => {
  const polluted = Object.prototype as Record<string, unknown>;
  const pollution = {
    level: 'error',
    enabled: true,
    path: '/etc/passwd',
    host: 'evil',
    headers: { a: 'b' },
    module: 'evil',
    to: ['file'],
    when: {},
    final: true,
  };

  afterEach(() => {
    for (const key of Object.keys(pollution)) delete polluted[key];
  });

  test('only what was really given counts', () => {
    const config: LoggingConfig<'own'> = {
      backends: { memory: {}, own: { module: 'm' } },
      routes: [{ when: { logger: 'a' }, to: ['memory'] }],
    };
    const clean = JSON.stringify(resolved({ ...config, service: { instanceId: 'x' } }));
    Object.assign(polluted, pollution);
    expect(JSON.stringify(resolved({ ...config, service: { instanceId: 'x' } }))).toBe(clean);
  });
});

describe('warnings', () => {
  const warningsOf = <Own extends string = never>(config: LoggingConfig<Own>, env: NodeJS.ProcessEnv = {}) =>
    resolved(config, env).warnings.join('\n');

  test('records that go nowhere', () => {
    expect(warningsOf({ backends: { prometheus: {} } })).toMatch(/No backend takes records/);
    expect(warningsOf({ backends: { file: {} } })).toMatch(/No backend takes audit events/);
    expect(warningsOf({ backends: { bridge: { target: () => {}, level: 'warning' } } })).toMatch(/No backend takes audit events/);
    expect(warningsOf({ backends: { own: { module: './own.js', level: 'error' } } })).toMatch(/No backend takes audit events/);
    expect(warningsOf({ backends: { bridge: { target: () => {}, level: 'info' } } })).toBe('');
    expect(warningsOf({ backends: { file: {}, audit: { level: 'error' } } })).toBe('');
    expect(warningsOf({ backends: { file: {}, audit: {} } })).toBe('');
    expect(warningsOf({ backends: { file: {} }, routes: [{ when: { type: 'audit' }, to: [] }] })).toBe('');
    expect(warningsOf({ backends: { file: {}, otlp: { endpoint: 'http://localhost:1' } } })).toBe('');
    expect(
      warningsOf({ backends: { memory: {} }, routesMode: 'replace', routes: [{ when: { type: 'logs' }, to: ['memory'] }] }),
    ).toMatch(/audit events/);
    expect(warningsOf({ backends: { memory: {} }, routesMode: 'replace', routes: [{ when: {}, to: ['memory'] }] })).toBe('');
  });

  test('a route to a backend that does not run', () => {
    expect(warningsOf({ backends: { memory: {} }, routes: [{ when: {}, to: ['file', 'memory'] }] })).toBe(
      'routes[0] leads to "file", which is not enabled.',
    );
  });

  test('OTLP without an endpoint', () => {
    expect(warningsOf({ backends: { memory: {}, otlp: { compression: 'gzip' } } })).toMatch(/backends\.otlp has no endpoint/);
  });

  test('a live page whose random token nobody can learn', () => {
    const backends = { memory: {} };
    const token = 'a-token-of-a-test-0123456789';
    expect(warningsOf({ backends, page: { port: 0 } })).toMatch(/nobody can learn .* Set page\.token .* or control\.enabled/);
    expect(warningsOf({ backends }, { HFT_PAGE_PORT: '9465' })).toMatch(/page\.port has no page\.token/);
    for (const config of [{ page: { port: 0, token } }, { page: { port: 0 }, control: { enabled: true } }, { page: { token } }])
      expect(warningsOf({ backends, ...config })).toBe('');
    expect(warningsOf({ backends, page: { port: 0 } }, { HFT_PAGE_TOKEN: token })).toBe('');
    expect(warningsOf({ backends, page: { port: 0 } }, { HFT_CONTROL: 'true' })).toBe('');
  });

  test('a list of names that replaces the default one', () => {
    expect(warningsOf({ backends: { memory: {} }, redact: ['iban'] })).toMatch(/redact replaces/);
    expect(warningsOf({ backends: { memory: {} }, redact: ['...', 'iban'] })).toBe('');
    expect(warningsOf({ backends: { memory: {} }, redact: [] })).toBe('');
  });

  test('a credential on a network without encryption', () => {
    const otlp = (endpoint: string) => ({ backends: { otlp: { endpoint, headers: { Authorization: 'Bearer very-secret' } } } });
    expect(warningsOf(otlp('http://collector.example:4318'))).toMatch(
      /"authorization" travels unencrypted to collector\.example:4318/,
    );
    expect(warningsOf(otlp('http://collector.example:4318'))).not.toContain('very-secret');
    for (const safe of ['https://collector.example', 'http://localhost:4318', 'http://127.0.0.1:4318', 'http://[::1]:4318']) {
      expect(warningsOf(otlp(safe))).toBe('');
    }
  });

  test('a header is a credential by its name or by its value', () => {
    const withHeader = (name: string, value = 'a-value') =>
      warningsOf({ backends: { otlp: { endpoint: 'http://collector.example:4318', headers: { [name]: value } } } });
    const words = ['auth', 'key', 'token', 'secret', 'cookie', 'password', 'passwd', 'authentication', 'credentials'];
    for (const name of [
      ...words.flatMap((word) => [word, `x-otlp-${word}`, `X-My_${word}`, `x-service${word}`]),
      'authorization',
      'proxy-authorization',
      'x-api-key',
      'x-signature',
      'signoz-ingestion-key',
      'x-honeycomb-team',
    ])
      expect(withHeader(name)).toContain(`the header "${name.toLowerCase()}" travels unencrypted`);
    for (const name of ['x-monkey', 'x-author', 'x-keyspace', 'x-scope-orgid', 'x-tokens-per-second', 'idempotency-key'])
      expect(withHeader(name)).toBe('');
    for (const value of ['Bearer 2YotnFZFEjr1zCsicMWpAA', 'Basic dXNlcjpwYXNzd29yZA==', 'team=9;token=2YotnFZFEjr1'])
      expect(withHeader('x-forwarded-for-us', value)).toContain('travels unencrypted');
  });
});
