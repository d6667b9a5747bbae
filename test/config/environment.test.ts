import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { ResolvedConfig } from '../../src/config/resolved.ts';
import { VARIABLES } from '../../src/config/settings.ts';
import { SPECIAL_VARIABLES, UNSUPPORTED_VARIABLES } from '../../src/config/sources/variables.ts';
import type { LoggingConfig } from '../../src/config/types.ts';

const QUIET: LoggingConfig = { environment: 'test' };
const resolved = (env: NodeJS.ProcessEnv, config: LoggingConfig = QUIET): ResolvedConfig => resolveConfig(config, env).config;
const otlp = (env: NodeJS.ProcessEnv, config: LoggingConfig = QUIET) => resolved(env, config).backends.otlp;

describe('precedence', () => {
  test('code over environment over preset over defaults', () => {
    const batchSizeOf = (config: LoggingConfig, env: NodeJS.ProcessEnv) => resolved(env, config).batchSize;
    const env = { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '33' };
    expect(batchSizeOf({ preset: 'development', batchSize: 44 }, env)).toBe(44);
    expect(batchSizeOf({ preset: 'development' }, env)).toBe(33);
    expect(batchSizeOf({ preset: 'development' }, {})).toBe(100);
    expect(batchSizeOf({}, {})).toBe(500);
  });

  test('dictionaries are joined entry by entry in the same order', () => {
    const env = {
      HFT_LOG_LEVELS: 'a=debug,b=debug',
      OTEL_RESOURCE_ATTRIBUTES: 'x=env,y=env',
      OTEL_EXPORTER_OTLP_HEADERS: 'X-A=env,x-b=env',
    };
    const config = resolved(env, {
      ...QUIET,
      levels: { b: 'error' },
      resource: { y: 'code' },
      backends: { otlp: { endpoint: 'http://localhost:1', headers: { 'X-B': 'code' } } },
    });
    expect(config.levels).toEqual({ a: 'debug', b: 'error' });
    expect(config.resource).toMatchObject({ x: 'env', y: 'code' });
    expect(config.backends.otlp.headers).toEqual({ 'x-a': 'env', 'x-b': 'code' });
  });

  test('of the environment: code, HFT_ENVIRONMENT, preset, NODE_ENV, development', () => {
    const environmentOf = (config: LoggingConfig, env: NodeJS.ProcessEnv) => resolved(env, config).environment;
    const all = { HFT_ENVIRONMENT: 'test', NODE_ENV: 'development' };
    expect(environmentOf({ environment: 'production' }, all)).toBe('production');
    expect(environmentOf({ preset: 'production' }, all)).toBe('test');
    expect(environmentOf({ preset: 'production' }, { NODE_ENV: 'test' })).toBe('production');
    expect(environmentOf({}, { NODE_ENV: 'production' })).toBe('production');
    expect(environmentOf({}, { NODE_ENV: 'staging' })).toBe('development');
    expect(environmentOf({}, {})).toBe('development');
  });

  test('of the service name: service.name, resource, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES', () => {
    const nameOf = (config: LoggingConfig, env: NodeJS.ProcessEnv) =>
      resolved(env, { ...QUIET, ...config }).resource['service.name'];
    const env = { OTEL_SERVICE_NAME: 'variable', OTEL_RESOURCE_ATTRIBUTES: 'service.name=attribute' };
    expect(nameOf({ service: { name: 'code' }, resource: { 'service.name': 'other' } }, env)).toBe('code');
    expect(nameOf({ resource: { 'service.name': 'other' } }, env)).toBe('other');
    expect(nameOf({}, env)).toBe('variable');
    expect(nameOf({}, { OTEL_RESOURCE_ATTRIBUTES: env.OTEL_RESOURCE_ATTRIBUTES })).toBe('attribute');
    expect(nameOf({}, {})).toBe('unknown_service:node');
  });
});

describe('the rules of the specification', () => {
  test('empty and blank mean unset', () => {
    const empty = Object.fromEntries(
      [...VARIABLES.map(({ name }) => name), ...Object.keys(SPECIAL_VARIABLES), ...Object.keys(UNSUPPORTED_VARIABLES)].map(
        (name) => [name, ''],
      ),
    );
    const blank = Object.fromEntries(Object.keys(empty).map((name) => [name, '  ']));
    const config = { ...QUIET, service: { instanceId: 'same' }, backends: { console: {}, memory: {} } };
    expect(resolved(empty, config)).toEqual(resolved({}, config));
    const { NO_COLOR: _no, FORCE_COLOR: _force, ...withoutColours } = blank;
    expect(resolved(withoutColours, config)).toEqual(resolved({}, config));
  });

  test('OTEL_SDK_DISABLED is true only as "true", in any case', () => {
    expect(resolved({ OTEL_SDK_DISABLED: 'TRUE' }).disabled).toBe(true);
    expect(resolved({ OTEL_SDK_DISABLED: 'TRUE' }).warnings.join()).toMatch(/audit events included/);
    for (const value of ['1', 'yes', 'on']) {
      expect(resolved({ OTEL_SDK_DISABLED: value }).disabled).toBe(false);
      expect(resolved({ OTEL_SDK_DISABLED: value }).warnings.join()).toContain('OTEL_SDK_DISABLED is ignored');
    }
    expect(resolved({ OTEL_SDK_DISABLED: 'false' }).warnings).toEqual([]);
  });

  test('enumerations are taken in any case', () => {
    expect(resolved({ HFT_LOG_LEVEL: 'ERROR' }).level).toBe('error');
    expect(otlp({ OTEL_EXPORTER_OTLP_COMPRESSION: 'GZIP' }).compression).toBe('gzip');
    expect(otlp({ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta' }).temporality).toBe('delta');
  });

  test.each([
    ['OTEL_BLRP_SCHEDULE_DELAY', 'soon'],
    ['OTEL_BLRP_SCHEDULE_DELAY', '-5'],
    ['OTEL_BLRP_MAX_QUEUE_SIZE', '1e3x'],
    ['OTEL_BLRP_EXPORT_TIMEOUT', '0'],
    ['OTEL_METRIC_EXPORT_INTERVAL', 'NaN'],
    ['OTEL_EXPORTER_PROMETHEUS_PORT', '65536'],
    ['OTEL_EXPORTER_PROMETHEUS_HOST', 'http://x'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '10s'],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', '/nowhere/ca.pem'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'novalue'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'lowmemory'],
    ['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', '1000'],
    ['OTEL_LOG_LEVEL', 'loud'],
    ['OTEL_LOGS_EXPORTER', 'otlp/stdout'],
    ['OTEL_METRICS_EXPORTER', 'console'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=1,broken,b=2'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz'],
    ['HFT_ENVIRONMENT', 'staging'],
    ['HFT_LOG_LEVELS', 'a=loud'],
    ['HFT_LOG_FILE', '/'],
    ['HFT_PUSH_GATEWAY_URL', 'push:9091'],
  ])('%s=%s is ignored with one warning that names it', (name, value) => {
    const config: LoggingConfig = { ...QUIET, service: { instanceId: 'same' }, backends: { memory: {} } };
    const { warnings, ...rest } = resolved({ [name]: value }, config);
    const { warnings: _none, ...plain } = resolved({}, config);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(name);
    expect(rest).toEqual(plain);
  });

  test.each(Object.keys(UNSUPPORTED_VARIABLES))('%s is met with a warning', (name) => {
    expect(resolved({ [name]: 'x' }).warnings).toEqual([expect.stringContaining(`${name} has no effect`)]);
  });

  test('whatever the variables hold, there is a configuration, and each warning is one line', () => {
    const names = [
      ...VARIABLES.map(({ name }) => name),
      ...Object.keys(SPECIAL_VARIABLES),
      ...Object.keys(UNSUPPORTED_VARIABLES),
    ];
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('otlp', 'none', 'a=b', 'true', '1', '1e400', 'http://x', '%', 'a=%00,__proto__=x', '../x', '\0'),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 }), (env) => {
        for (const warning of resolved(env, {}).warnings) expect(warning).not.toMatch(/[\n\r\0]/);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('OpenTelemetry variables', () => {
  test('of the batch processor', () => {
    expect(
      resolved({ OTEL_BLRP_SCHEDULE_DELAY: '1000', OTEL_BLRP_MAX_QUEUE_SIZE: '2048', OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '512' }),
    ).toMatchObject({
      flushIntervalMillis: 1000,
      ringBytes: 2048 * 256,
      batchSize: 512,
    });
    expect(resolved({ OTEL_BLRP_MAX_QUEUE_SIZE: '100' }).batchSize).toBe(100);
  });

  test('timeouts of exports bound those of requests, each for its signal, below the code', () => {
    const env = {
      OTEL_BLRP_EXPORT_TIMEOUT: '3000',
      OTEL_METRIC_EXPORT_TIMEOUT: '4000',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318',
    };
    expect(otlp(env).timeoutMillis).toBe(3000);
    expect(otlp(env).metrics?.timeoutMillis).toBe(4000);
    expect(otlp({ ...env, OTEL_BLRP_EXPORT_TIMEOUT: '30000' }).timeoutMillis).toBe(10_000);
    expect(otlp(env, { ...QUIET, backends: { otlp: { timeoutMillis: 7000 } } }).timeoutMillis).toBe(7000);
  });

  test('limits of attributes: the one for log records wins', () => {
    expect(resolved({ OTEL_ATTRIBUTE_COUNT_LIMIT: '50' }).attributeCountLimit).toBe(50);
    expect(resolved({ OTEL_ATTRIBUTE_COUNT_LIMIT: '50', OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '60' }).attributeCountLimit).toBe(
      60,
    );
  });

  test('resource attributes are percent-decoded; one bad pair spoils all', () => {
    expect(resolved({ OTEL_RESOURCE_ATTRIBUTES: 'a=x%2Cy, b = "q" ,c=' }).resource).toMatchObject({ a: 'x,y', b: '"q"', c: '' });
    expect(resolved({ OTEL_RESOURCE_ATTRIBUTES: 'a=1,=2' }).resource).not.toHaveProperty('a');
  });

  test('of Prometheus: host and port, which do not start it', () => {
    const { prometheus } = resolved({ OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0', OTEL_EXPORTER_PROMETHEUS_PORT: '9999' }).backends;
    expect(prometheus).toMatchObject({ enabled: false, host: '0.0.0.0', port: 9999 });
  });

  test('OTEL_LOG_LEVEL is for what this package says, not for records', () => {
    expect(resolved({ OTEL_LOG_LEVEL: 'DEBUG' })).toMatchObject({ diagnosticLevel: 'debug', level: 'trace' });
    expect(resolved({ OTEL_LOG_LEVEL: 'error' }, { environment: 'production' })).toMatchObject({
      diagnosticLevel: 'error',
      level: 'info',
    });
  });
});

describe('OTLP', () => {
  test('an endpoint starts it, and signals are appended to its path', () => {
    expect(otlp({}).enabled).toBe(false);
    for (const endpoint of ['http://localhost:4318/base', 'http://localhost:4318/base/']) {
      expect(otlp({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toMatchObject({
        enabled: true,
        logsEndpoints: ['http://localhost:4318/base/v1/logs'],
        auditEndpoints: ['http://localhost:4318/base/v1/logs'],
        metrics: { endpoint: 'http://localhost:4318/base/v1/metrics' },
      });
    }
  });

  test('an endpoint of one signal is used as it is, and starts that signal alone', () => {
    expect(otlp({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://localhost:1/x' })).toMatchObject({
      logsEndpoints: ['http://localhost:1/x'],
      metrics: undefined,
    });
    expect(otlp({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://localhost:1/x' })).toMatchObject({
      enabled: true,
      logsEndpoints: [],
      auditEndpoints: [],
      metrics: { endpoint: 'http://localhost:1/x' },
    });
  });

  test('the code wins over both kinds of variables', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://env:1', OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://env-logs:1' };
    const result = otlp(env, { ...QUIET, backends: { otlp: { endpoint: 'http://code:1' } } });
    expect(result.logsEndpoints).toEqual(['http://code:1/v1/logs']);
    expect(result.metrics?.endpoint).toBe('http://code:1/v1/metrics');
  });

  test('enabled without an endpoint sends to the default one', () => {
    expect(otlp({}, { ...QUIET, backends: { otlp: { enabled: true } } })).toMatchObject({
      logsEndpoints: ['http://localhost:4318/v1/logs'],
      metrics: { endpoint: 'http://localhost:4318/v1/metrics' },
    });
    expect(otlp({ OTEL_LOGS_EXPORTER: 'otlp' })).toMatchObject({
      logsEndpoints: ['http://localhost:4318/v1/logs'],
      metrics: undefined,
    });
  });

  test('enabled: false beats every endpoint', () => {
    const result = otlp(
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://env:1', OTEL_LOGS_EXPORTER: 'otlp' },
      { ...QUIET, backends: { otlp: { enabled: false } } },
    );
    expect(result).toMatchObject({ enabled: false, logsEndpoints: [], metrics: undefined });
  });

  test('exporters by name: none, console, prometheus', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:1' };
    expect(otlp({ ...endpoint, OTEL_LOGS_EXPORTER: 'none' })).toMatchObject({
      logsEndpoints: [],
      metrics: { endpoint: 'http://localhost:1/v1/metrics' },
    });
    expect(otlp({ ...endpoint, OTEL_METRICS_EXPORTER: 'none' })).toMatchObject({
      logsEndpoints: ['http://localhost:1/v1/logs'],
      metrics: undefined,
    });
    const both = resolved({ ...endpoint, OTEL_LOGS_EXPORTER: 'otlp, console', OTEL_METRICS_EXPORTER: 'Prometheus' }).backends;
    expect(both).toMatchObject({
      console: { enabled: true },
      prometheus: { enabled: true },
      otlp: { logsEndpoints: ['http://localhost:1/v1/logs'], metrics: undefined },
    });
    expect(resolved({ OTEL_METRICS_EXPORTER: 'otlp' }, { preset: 'production' }).backends.prometheus.enabled).toBe(false);
  });

  test('what is set for one signal wins over what is set for all', () => {
    const result = otlp({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=all,b=all',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'b=metrics',
      OTEL_EXPORTER_OTLP_CERTIFICATE: import.meta.filename,
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: import.meta.filename,
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: import.meta.filename,
    });
    expect(result).toMatchObject({
      protocol: 'http/json',
      timeoutMillis: 2000,
      compression: 'none',
      headers: { a: 'all', b: 'all' },
      certificate: import.meta.filename,
      clientKey: import.meta.filename,
      metrics: {
        protocol: 'http/protobuf',
        timeoutMillis: 1000,
        compression: 'gzip',
        headers: { a: 'all', b: 'metrics' },
        clientKey: undefined,
      },
    });
  });

  test('a certificate in the code may have its key in the environment', () => {
    const config: LoggingConfig = {
      ...QUIET,
      backends: { otlp: { endpoint: 'https://x', clientCertificate: import.meta.filename } },
    };
    expect(otlp({ OTEL_EXPORTER_OTLP_CLIENT_KEY: import.meta.filename }, config)).toMatchObject({
      clientKey: import.meta.filename,
    });
    expect(() => otlp({}, config)).toThrow(/backends\.otlp\.clientKey/);
  });

  test('headers are percent-decoded, their names in lower case, `;` and `=` left in values', () => {
    const headers = otlp({
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20dTpw%3D%3D, X-Tenant = desk;1 ,token=a=b,',
    }).headers;
    expect(headers).toEqual({ authorization: 'Basic dTpw==', 'x-tenant': 'desk;1', token: 'a=b' });
  });

  test('headers survive percent-encoding, whatever they hold', () => {
    const name = fc.stringMatching(/^x-[a-z]{1,8}$/);
    const value = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,20}[\x21-\x7e])?$/);
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true }), (headers) => {
        const text = Object.entries(headers)
          .map((pair) => pair.map(encodeURIComponent).join('='))
          .join(',');
        expect(otlp({ OTEL_EXPORTER_OTLP_HEADERS: text }).headers).toEqual(headers);
      }),
    );
  });
});

describe('variables of our own', () => {
  test('a path starts the file it names', () => {
    const { file, audit } = resolved({ HFT_LOG_FILE: '/tmp/a.log', HFT_AUDIT_FILE: '/tmp/b.jsonl' }).backends;
    expect(file).toMatchObject({ enabled: true, path: '/tmp/a.log' });
    expect(audit).toMatchObject({ enabled: true, path: '/tmp/b.jsonl' });
    expect(
      resolved({ HFT_LOG_FILE: '/tmp/a.log' }, { ...QUIET, backends: { file: { enabled: false }, memory: {} } }).backends.file
        .enabled,
    ).toBe(false);
  });

  test('one that clashes with the rest is ignored, and both that clash with each other', () => {
    const backends = { file: { path: '/tmp/a.log' }, audit: { path: '/tmp/b.jsonl' } };
    const clash = (env: NodeJS.ProcessEnv, config: LoggingConfig = {}) => resolved(env, { ...QUIET, ...config });
    expect(clash({ HFT_AUDIT_FILE: '/tmp/a.log' }, { backends: { file: backends.file } })).toMatchObject({
      backends: { file: { path: '/tmp/a.log' }, audit: { enabled: false } },
      warnings: [expect.stringContaining('HFT_AUDIT_FILE is ignored'), expect.stringContaining('audit events')],
    });
    expect(clash({ HFT_LOG_FILE: '/tmp/b.jsonl' }, { backends: { audit: backends.audit } }).backends.file.enabled).toBe(false);
    const both = clash({ HFT_LOG_FILE: '/tmp/x', HFT_AUDIT_FILE: '/tmp/x' });
    expect(both.backends).toMatchObject({ file: { enabled: false }, audit: { enabled: true, path: '/tmp/x' } });
    const long = Array.from({ length: 200 }, (_, i) => `${'x'.repeat(100)}${i}=info`).join();
    expect(clash({ HFT_LOG_LEVELS: long }, { levels: { a: 'error' } })).toMatchObject({
      levels: { a: 'error' },
      warnings: [expect.stringContaining('HFT_LOG_LEVELS')],
    });
    // Those of the code alone are refused, whatever the environment says.
    expect(() => clash({ HFT_LOG_FILE: '/tmp/x' }, { backends: { file: backends.file, audit: backends.file } })).toThrow(
      /backends\.audit\.path/,
    );
  });

  test('a push gateway starts Prometheus', () => {
    expect(resolved({ HFT_PUSH_GATEWAY_URL: 'https://u:p@push:9091' }).backends.prometheus).toMatchObject({
      enabled: true,
      pushGatewayUrl: 'https://u:p@push:9091',
    });
  });

  test('one that is nearly ours is told of, with the one that is meant; others are somebody else’s', () => {
    const warningsOf = (env: NodeJS.ProcessEnv) => resolved(env).warnings;
    expect(warningsOf({ HFT_LOGLEVEL: 'debug', HFT_AUDIT_FILES: 'x' })).toEqual([
      'HFT_LOGLEVEL has no effect: there is no such variable (did you mean HFT_LOG_LEVEL?).',
      'HFT_AUDIT_FILES has no effect: there is no such variable (did you mean HFT_AUDIT_FILE?).',
    ]);
    expect(warningsOf({ HFT_LOG_DIR: '/x', HFT_DESK: 'a', HFT_SECRETS_DIR: '/x', OTEL_TRACES_EXPORTER: 'otlp' })).toEqual([]);
  });

  test('levels by pattern', () => {
    expect(resolved({ HFT_LOG_LEVEL: 'warning', HFT_LOG_LEVELS: 'strategy.*=DEBUG,exchange.mexc.*=error' })).toMatchObject({
      level: 'warning',
      levels: { 'strategy.*': 'debug', 'exchange.mexc.*': 'error' },
    });
  });
});
