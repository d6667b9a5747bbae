import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { SettingPath } from '../../src/config/settings.ts';
import { SECTION_PATHS, SETTING_PATHS } from '../../src/config/settings.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { ConfigError } from '../../src/errors.ts';
import { configOf } from './samples.ts';

/** The problems of a configuration, as `path: got value, expected …`. */
function problemsOf(config: unknown, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    resolveConfig(config as LoggingConfig, env);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.issues.map(({ path, value, expected }) => `${path}: got ${value}, expected ${expected}`);
    throw error;
  }
  return [];
}

const pathsOf = (config: unknown) => problemsOf(config).map((problem) => problem.slice(0, problem.indexOf(': got ')));
const at = (path: SettingPath, value: unknown) => problemsOf(configOf({ [path]: value }));

describe('everything wrong at once', () => {
  test('is reported in one error, each setting under its own path', () => {
    const wrong = Object.fromEntries(SETTING_PATHS.map((path) => [path, Symbol('wrong')]));
    expect(pathsOf(configOf(wrong)).sort()).toEqual([...SETTING_PATHS].sort());
  });

  test('sections that are no objects are reported, and nothing else about them', () => {
    for (const wrong of [null, true, false, 7, 'text', [], () => {}, new Map(), new Date(0)]) {
      for (const section of SECTION_PATHS.filter((path) => path !== '')) {
        expect(pathsOf(configOf({ [section]: wrong } as never)), `${section} = ${String(wrong)}`).toEqual([section]);
      }
      expect(problemsOf(wrong)).toHaveLength(1);
    }
  });

  test('of a route, its condition and its targets', () => {
    expect(
      problemsOf({
        routes: [{ when: { level: 'warnign' }, to: ['fle', 'prometheus'] }, { to: ['consol'] }, { when: {}, to: ['file'] }],
      }),
    ).toEqual([
      expect.stringMatching(/^routes\[0\].when.level: got "warnign", .*did you mean "warning"/),
      expect.stringMatching(/^routes\[1\].when: got nothing/),
      expect.stringMatching(/^routes\[0\].to\[0\]: got "fle", expected a backend: .*did you mean "file"/),
      expect.stringMatching(/^routes\[0\].to\[1\]: got "prometheus", expected a backend that takes records/),
      expect.stringMatching(/^routes\[1\].to\[0\]: got "consol", .*did you mean "console"/),
    ]);
  });

  test('a text that fits no alternative is told of all of them', () => {
    expect(at('backends.file.rotation', 'dailly')).toEqual([
      'backends.file.rotation: got "dailly", expected one of "none", "daily", "hourly" (did you mean "daily"?), or an object with bytes',
    ]);
    expect(problemsOf({ routes: [{ when: { type: 'log' }, to: [] }] })[0]).toMatch(
      /"audit" \(did you mean "logs"\?\), or an array of 1 to 2/,
    );
  });

  test('a configuration that is no object has a place in the message too', () => {
    expect(() => resolveConfig('production' as unknown as LoggingConfig, {})).toThrowError(
      /\n {2}all of it: got a text of 10 characters/,
    );
  });

  test('the message lists paths, values and what is allowed, and ends in a remedy', () => {
    const fail = () => resolveConfig({ level: 'warnign', batchSize: 0 } as unknown as LoggingConfig, {});
    expect(fail).toThrowError(ConfigError);
    expect(fail).toThrowErrorMatchingInlineSnapshot(`
      [ConfigError: 2 problems in the logging configuration:
        level: got "warnign", expected one of "trace", "debug", "info", "warning", "error", "fatal" (did you mean "warning"?)
        batchSize: got 0, expected an integer from 1 to 1000000 (records)
       Correct the listed settings; nothing was started.]
    `);
  });

  test('beyond some hundreds, problems are counted', () => {
    const problems = problemsOf(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`wrong${i}`, 1])));
    expect(problems).toHaveLength(501);
    expect(problems[500]).toMatch(/99500 further problems/);
  });
});

describe('numbers', () => {
  test.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 31, '4', 4n, null, true])('ringBufferSize: %s', (value) => {
    expect(at('ringBufferSize', value)).toEqual([
      expect.stringMatching(/^ringBufferSize: got .*, expected an integer from 1 to 4194304/),
    ]);
  });

  test.each([
    ['4MB', 4_194_304],
    ['512 KiB', 524_288],
    ['1g', 1_073_741_824],
  ])('bytes as "%s" are refused with the number that is meant', (text, bytes) => {
    expect(at('backends.file.bufferBytes', text)[0]).toContain(`without a unit: ${bytes}`);
  });

  test.each([0, -0.1, 1.01, Number.NaN, '0.5'])('overflow.debug: %s', (value) => {
    expect(at('overflow.debug', value)).toHaveLength(1);
  });

  test.each([[[]], [[0]], [[101]], [[50, 'p99']], ['99'], [{ 0: 50, length: 1 }]])('percentiles: %j', (value) => {
    expect(at('backends.histogram.percentiles', value)).toHaveLength(1);
  });
});

describe('unknown names', () => {
  test.each([
    [{ batchsize: 1 }, 'batchsize', '"batchSize"'],
    [{ ringbufersize: 1 }, 'ringbufersize', '"ringBufferSize"'],
    [{ port: 1 }, 'port', '"page.port" or "backends.prometheus.port"'],
    [{ console: {} }, 'console', '"backends.console"'],
    [{ backends: { consle: {} } }, 'backends.consle', '"console"'],
    [{ backends: { file: { filename: 'x' } } }, 'backends.file.filename', '"path"'],
    [{ backends: { otlp: { url: 'x' } } }, 'backends.otlp.url', '"endpoint"'],
    [{ backends: { otlp: { timeout: 1 } } }, 'backends.otlp.timeout', '"timeoutMillis"'],
    [{ backends: { histogram: { intervalMs: 1 } } }, 'backends.histogram.intervalMs', '"intervalMillis"'],
    [{ flushInterval: 1 }, 'flushInterval', '"flushIntervalMillis"'],
    [{ backends: { prometheus: { path: '/x' } } }, 'backends.prometheus.path', '"endpoint"'],
    [{ backends: { file: { maxFiles: 1 } } }, 'backends.file.maxFiles', '"keep"'],
    [{ backends: { console: { coloured: true } } }, 'backends.console.coloured', '"colored"'],
    [{ routes: [{ when: { levle: 'info' }, to: [] }] }, 'routes[0].when.levle', '"level"'],
  ])('%j at %s: did you mean %s', (config, path, meant) => {
    expect(problemsOf(config)).toEqual([expect.stringContaining(`${path}: got`)]);
    expect(problemsOf(config)[0]).toContain(`did you mean ${meant}?`);
  });

  test('paths are objects in objects', () => {
    expect(problemsOf({ 'backends.file.path': 'x' })[0]).toContain('["backends.file.path"]: got a text of 1 character,');
    expect(problemsOf({ backends: { 'otlp.endpoint': 'x' } })[0]).toContain('without dots');
  });

  test('no suggestion is made up where nothing is near', () => {
    expect(problemsOf({ zzzzzz: 1 })[0]).not.toContain('did you mean');
  });

  test('their values are not shown: they may be anything', () => {
    expect(problemsOf({ backends: { otlp: { apiKey: 'sk-very-secret' } } }).join()).not.toContain('very-secret');
  });
});

describe('paths of files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hft-otel-paths-'));
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  mkdirSync(join(directory, 'sub'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test.each([
    ['', 'empty'],
    ['a\0b', 'NUL'],
    ['x'.repeat(4097), '4096'],
    ['logs/', 'directory'],
    [directory, 'directory'],
    [join(directory, 'sub'), 'directory'],
    [fifo, 'no regular file'],
    ['~/logs/app.log', '~'],
    ['file:///var/log/app.log', 'not a URL'],
    [7, 'a text'],
  ])('%j', (value, why) => {
    expect(at('backends.file.path', value)).toEqual([expect.stringContaining(why)]);
  });

  test.each(['../x.log', '/dev/null', 'nowhere/yet/app.log', 'näme with spaces.log', '~x'])('%s is taken', (value) => {
    expect(at('backends.file.path', value)).toEqual([]);
  });

  test('a path through a file, or without permission, is for the backend to meet', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(at('backends.file.path', join(file, 'below.log'))).toEqual([]);
  });

  test('the same file for logs and audit', () => {
    expect(pathsOf({ backends: { file: { path: 'a/../x.log' }, audit: { path: './x.log' } } })).toEqual(['backends.audit.path']);
    expect(pathsOf({ backends: { file: { path: 'x.log', enabled: false }, audit: { path: 'x.log' } } })).toEqual([]);
  });

  test('certificates must be there, and come in pairs', () => {
    expect(at('backends.otlp.certificate', join(directory, 'none.pem'))).toEqual([expect.stringContaining('no such file')]);
    expect(at('backends.otlp.certificate', directory)).toHaveLength(1);
    expect(pathsOf(configOf({ 'backends.otlp.clientKey': import.meta.filename }))).toEqual(['backends.otlp.clientCertificate']);
    expect(pathsOf(configOf({ 'backends.otlp.clientCertificate': import.meta.filename }))).toEqual(['backends.otlp.clientKey']);
  });
});

describe('addresses', () => {
  test.each([
    ['localhost:4318', 'scheme is missing'],
    ['collector', 'scheme is missing'],
    ['//collector:4318', 'scheme is missing'],
    ['file:///etc/passwd', '"file:" is not supported'],
    ['grpc://collector:4317', '"grpc:" is not supported'],
    ['http://user:hunter2@collector:4318', 'credentials into headers'],
    ['http://::1:4318', 'brackets'],
    ['http://fe80::1/', 'brackets'],
    ['http://[::1:4318', 'brackets'],
    ['http://:4318', 'host is missing'],
    ['http://', 'host is missing'],
    ['http://collector:65536', '65536 is above 65535'],
    ['http://collector:0', 'port 0'],
    ['http://collector:4318?x=1', 'no query'],
    ['http://collector:4318/?', 'no query'],
    ['http://collector:4318#x', 'fragment'],
    ['http://collector:4318/\r\nX-Evil: 1', 'control characters'],
    [' http://collector', 'scheme is missing'],
    ['http://collector /v1', 'white space'],
    [4318, 'for example'],
    [{}, 'for example'],
    ['', 'scheme is missing'],
  ])('%j: %s', (value, why) => {
    expect(at('backends.otlp.endpoint', value)).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    'http://localhost:4318',
    'https://collector.example',
    'http://[::1]:4318',
    'http://10.0.0.1:4318/base/',
    'https://bücher.example:1',
  ])('%s is taken', (value) => {
    expect(at('backends.otlp.endpoint', value)).toEqual([]);
  });

  test.each(['[::1]', 'http://localhost', 'localhost:9464', '', '256.1.1.1', 'a b', 7])('host to listen on: %j', (value) => {
    expect(at('backends.prometheus.host', value)).toHaveLength(1);
  });

  test.each(['::1', '0.0.0.0', 'localhost', 'my-host.example'])('host to listen on: %s is taken', (value) => {
    expect(at('backends.prometheus.host', value)).toEqual([]);
  });

  test.each([-1, 65_536, '9464', 1.5])('port: %j', (value) => {
    expect(at('backends.prometheus.port', value)).toHaveLength(1);
  });

  test.each(['metrics', '/a?b', '/a b', '/\n', ''])('path of the endpoint: %j', (value) => {
    expect(at('backends.prometheus.endpoint', value)).toHaveLength(1);
  });
});

describe('secrets are never shown', () => {
  const secret = 'hunter2-canary';
  test.each([
    ['backends.otlp.endpoint', `http://user:${secret}@collector`],
    ['backends.otlp.endpoint', `user:${secret}@collector:4318`],
    ['backends.otlp.endpoint', `http://user:a/${secret}@b@collector`],
    ['backends.otlp.endpoint', `ftp://user@${secret}@collector`],
    ['backends.otlp.endpoint', `http://collector?api_key=${secret}`],
    ['backends.otlp.endpoint', `http://user:${'x'.repeat(70)}${secret}@collector`],
    ['backends.otlp.logsEndpoint', `ftp://collector/?token=${secret}#x`],
    ['backends.prometheus.pushGatewayUrl', `user:${secret}@push:9091`],
    ['backends.prometheus.pushGatewayUrl', `https://user:${secret}@push:99999`],
    ['backends.otlp.headers', `authorization=Bearer ${secret}`],
    ['backends.otlp.headers', [`authorization: ${secret}`]],
    ['backends.otlp.headers', { authorization: `Bearer ${secret}\n` }],
    ['backends.otlp.headers', { 'content-type': secret }],
    ['backends.otlp.auditHeaders', { authorization: { token: secret } }],
    ['backends.otlp.clientKey', `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`],
    ['backends.bridge.target', { token: secret }],
  ] as const)('%s = %j', (path, value) => {
    const problems = problemsOf(configOf({ [path]: value }));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain(secret);
    expect(problems.join('\n')).not.toContain('x'.repeat(60));
  });

  test('not through the environment either', () => {
    const { config } = resolveConfig(
      { environment: 'test' },
      {
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secret}%zz`,
        OTEL_EXPORTER_OTLP_LOGS_HEADERS: `authorization=${secret}%0a`,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${secret}@collector`,
        HFT_PUSH_GATEWAY_URL: `user:${secret}@push`,
        OTEL_RESOURCE_ATTRIBUTES: `password=${secret},broken`,
      },
    );
    expect(config.warnings).toHaveLength(5);
    expect(config.warnings.join('\n')).not.toContain(secret);
  });
});

describe('headers', () => {
  test.each([
    { '': 'x' },
    { 'a b': 'x' },
    { 'a:': 'x' },
    { 'Content-Length': '3' },
    { host: 'x' },
    { a: 'line\nbreak' },
    { a: 'ctrl\x07' },
    { a: 'snow\u2603' },
    { a: 7 },
    { a: null },
  ])('%j', (value) => {
    expect(at('backends.otlp.headers', value)).toHaveLength(1);
  });
});

describe('routes and metric rules', () => {
  test.each([
    [[{ to: ['memory'] }], 'routes[0].when'],
    [[{ when: {} }], 'routes[0].to'],
    [[{ when: {}, to: 'memory' }], 'routes[0].to'],
    [[{ when: {}, to: ['fil'] }], 'routes[0].to[0]'],
    [[{ when: {}, to: ['prometheus'] }], 'routes[0].to[0]'],
    [[{ when: { level: 'warnign' }, to: [] }], 'routes[0].when.level'],
    [[{ when: { level: [] }, to: [] }], 'routes[0].when.level'],
    [[{ when: { level: 3 }, to: [] }], 'routes[0].when.level'],
    [[{ when: { tags: 'trading' }, to: [] }], 'routes[0].when.tags'],
    [[{ when: { type: 'metrics' }, to: [] }], 'routes[0].when.type'],
    [['x'], 'routes[0]'],
    [{ when: {}, to: [] }, 'routes'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    [[, { when: {}, to: [] }], 'routes[0]'],
  ])('%j is refused at %s', (routes, path) => {
    expect(pathsOf({ routes, backends: { memory: {} } })).toEqual([path]);
  });

  test('a route to a backend of the user is taken, and its name suggested', () => {
    const backends = { slack: { module: './slack.js' } };
    expect(problemsOf({ backends, routes: [{ when: {}, to: ['slack'] }] })).toEqual([]);
    expect(problemsOf({ backends, routes: [{ when: {}, to: ['slak'] }] })[0]).toContain('did you mean "slack"?');
  });

  test.each([
    [{ match: '' }],
    [{}],
    [{ match: 'a', aggregation: 'summary' }],
    [{ match: 'a', buckets: [2, 1] }],
    [{ match: 'a', buckets: [1, Infinity] }],
    [{ match: 'a', buckets: [1, 1] }],
  ])('metric rule %j', (rule) => {
    expect(problemsOf({ metrics: [rule] })).toHaveLength(1);
  });
});

describe('backends of the user', () => {
  test.each([
    [{ slack: { level: 'info' } }, 'a `module`'],
    [{ slack: { module: 7 } }, 'a URL, a path, or the name of a package'],
    [{ slack: { module: 'http://evil.example/x.js' } }, 'file:, data: or node:'],
    [{ slack: { module: '' } }, 'package'],
    [{ slack: { module: 'x', options: () => {} } }, 'structuredClone'],
    [{ slack: { module: 'x', options: { deep: [Symbol('s')] } } }, 'structuredClone'],
    [{ slack: { module: 'x', optoins: {} } }, 'did you mean "options"'],
    [{ Console: { module: 'x' } }, 'built-in'],
    [{ 'my backend': { module: 'x' } }, 'letters, digits'],
    [JSON.parse('{ "__proto__": { "module": "x" } }'), 'letters, digits'],
  ])('%j', (backends, why) => {
    expect(problemsOf({ backends })).toEqual([expect.stringContaining(why)]);
  });

  test('more than fit into a mask', () => {
    const many = (count: number) => ({
      backends: Object.fromEntries(Array.from({ length: count }, (_, i) => [`own${i}`, { module: 'x' }])),
    });
    expect(problemsOf(many(25))).toEqual([]);
    expect(pathsOf(many(26))).toEqual(['backends']);
  });

  test('a URL object and a data URL are taken', () => {
    expect(
      problemsOf({
        backends: { a: { module: new URL('file:///x.js') }, b: { module: 'data:text/javascript,export default 1' } },
      }),
    ).toEqual([]);
  });
});

describe('settings that do not go together', () => {
  test.each([
    [{ batchSize: 11, ringBufferSize: 10 }, 'batchSize'],
    [{ overflow: { debug: 0.8, info: 0.7 } }, 'overflow'],
    [{ overflow: { error: 0.5, info: 0.6 } }, 'overflow'],
    [{ overflow: { info: 0.95, warning: 0.9 } }, 'overflow'],
    [{ backends: { bridge: {} } }, 'backends.bridge.target'],
    [{ backends: { bridge: { target: {} } } }, 'backends.bridge.target'],
    [{ levels: Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`${'x'.repeat(100)}${i}`, 'info'])) }, 'levels'],
  ])('%#: refused at %s', (config, path) => {
    expect(pathsOf(config)).toEqual([path]);
  });

  test('a small ring alone lowers the batch, and says so', () => {
    const { config } = resolveConfig({ environment: 'test', ringBufferSize: 100 }, {});
    expect(config.batchSize).toBe(100);
    expect(config.warnings.join()).toMatch(/batchSize is lowered to ringBufferSize, 100/);
  });
});

describe('objects that bite', () => {
  const bomb = () => {
    throw new Error('bomb');
  };

  test('getters that throw spoil their own setting only', () => {
    const config = Object.defineProperties(
      { batchSize: 0 },
      { level: { get: bomb, enumerable: true }, backends: { get: bomb, enumerable: true } },
    );
    expect(pathsOf(config).sort()).toEqual(['backends', 'batchSize', 'level']);
    expect(
      pathsOf({ routes: [{ when: {}, to: Object.defineProperty(['memory', ''], 1, { get: bomb, enumerable: true }) }] }),
    ).toEqual(['routes[0].to[1]']);
    expect(pathsOf({ backends: { own: Object.defineProperty({}, 'module', { get: bomb, enumerable: true }) } })).toContain(
      'backends.own.module',
    );
    expect(pathsOf({ backends: { bridge: { target: Object.defineProperty({}, 'debug', { get: bomb }) } } })[0]).toBe(
      'backends.bridge.target.debug',
    );
  });

  test('getters are read once', () => {
    let reads = 0;
    const config = {
      get level() {
        return reads++ === 0 ? 'error' : 'nonsense';
      },
    };
    expect(resolveConfig(config as LoggingConfig, {}).config.level).toBe('error');
    expect(reads).toBe(1);
  });

  test('proxies, revoked ones too', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const hostile = new Proxy({}, { ownKeys: bomb, get: bomb, getPrototypeOf: bomb });
    for (const value of [revoked.proxy, hostile]) {
      expect(problemsOf(value)).toHaveLength(1);
      for (const path of SETTING_PATHS) expect(problemsOf(configOf({ [path]: value })).length, path).toBeGreaterThan(0);
      for (const section of SECTION_PATHS.slice(1)) expect(pathsOf(configOf({ [section]: value } as never))).toEqual([section]);
    }
    expect(problemsOf(new Proxy({ level: 'info' }, {}))).toEqual([]);
  });

  test('cycles', () => {
    const config: Record<string, unknown> = { backends: {} };
    config.self = config;
    (config.backends as Record<string, unknown>).file = config;
    expect(pathsOf(config)).toContain('self');
  });

  test('undefined is as good as absent', () => {
    expect(
      problemsOf(
        configOf({ ...Object.fromEntries(SETTING_PATHS.map((path) => [path, undefined])), 'backends.bridge.enabled': false }),
      ),
    ).toEqual([]);
    expect(problemsOf(undefined)).toHaveLength(1);
  });

  test('preset functions hand on what cannot be read to the check', async () => {
    const { productionPreset } = await import('../../src/config/sources/presets.ts');
    const overrides = Object.defineProperty({ batchSize: 0 }, 'level', { get: bomb, enumerable: true });
    expect(pathsOf(productionPreset(overrides as LoggingConfig)).sort()).toEqual(['batchSize', 'level']);
    expect(problemsOf(productionPreset(7 as never))).toHaveLength(1);
    expect(problemsOf(productionPreset(null as never))).toHaveLength(1);
  });

  test('whatever stands anywhere: a configuration or a ConfigError, and short lines', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    const path = fc.constantFrom(...SETTING_PATHS, ...SECTION_PATHS.slice(1), 'backends.own' as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(path, anything), { maxLength: 5 }), (entries) => {
        const flat = new Map<string, unknown>(entries);
        // A section replaced by something else takes its settings with it.
        const settings = [...flat].filter(([name]) => ![...flat.keys()].some((other) => name.startsWith(`${other}.`)));
        for (const problem of problemsOf(configOf(Object.fromEntries(settings)))) {
          expect(problem).not.toMatch(/[\n\r\0]/);
          expect(problem.length).toBeLessThan(900);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
