import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { MeterProvider, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, test } from 'vitest';
import { readPlan } from '../../src/adapters/register/options.ts';
import { startRuntimeMetrics } from '../../src/adapters/register/runtime-metrics.ts';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

const REGISTER = join(import.meta.dirname, '../../src/adapters/register/register.ts');
const program = (name: string) => join(import.meta.dirname, 'programs', name);

/** Of the variables that the machine may have, none counts. */
const ENV = { NODE_ENV: '', OTEL_SDK_DISABLED: '', NODE_OPTIONS: '' };

describe('node --import hft-otel/register', () => {
  test.each(['plain.mjs', 'plain.cjs'])(
    'environment variables alone bring everything that %s says to a collector',
    async (name) => {
      const server = await startOtlpServer();
      const { code, stdout, stderr } = await runProgram(program(name), [], {
        execArgv: ['--import', REGISTER],
        env: {
          ...ENV,
          NODE_ENV: 'test',
          OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
          OTEL_SERVICE_NAME: 'gateway',
          OTEL_LOGS_EXPORTER: 'otlp',
          OTEL_METRICS_EXPORTER: 'none',
        },
      });
      await server.stop();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe("order placed { symbol: 'BTCUSDT' }\n");
      expect(server.received).toMatchObject([
        {
          body: 'order placed',
          severityNumber: 9,
          scope: { name: 'console' },
          attributes: { symbol: 'BTCUSDT' },
          resource: { 'service.name': 'gateway' },
        },
        { body: 'from a library', severityNumber: 13, scope: { name: 'library' } },
      ]);
    },
  );

  test.each([
    ['hft-otel.config.json', (config: object) => JSON.stringify(config)],
    ['hft-otel.config.ts', (config: object) => `interface Any {}\nexport default ${JSON.stringify(config)} satisfies Any;`],
    ['hft-otel.config.mjs', (config: object) => `export default ${JSON.stringify(config)};`],
    ['hft-otel.config.cjs', (config: object) => `module.exports = ${JSON.stringify(config)};`],
  ])('%s of the working directory is read', async (name, write) => {
    using folder = temporaryFolder();
    const config = { backends: { file: { path: join(folder.path, 'app.jsonl') } }, register: { console: 'suppress' } };
    writeFileSync(join(folder.path, name), write(config));
    const { code, stdout, stderr } = await runProgram(program('plain.mjs'), [], {
      execArgv: ['--import', REGISTER],
      cwd: folder.path,
      env: ENV,
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(jsonLinesIn(folder.path, 'app').map(({ msg }) => msg)).toEqual(['order placed', 'from a library']);
  });

  test('while records go to the terminal, what is printed is shown once', async () => {
    using folder = temporaryFolder();
    const { stdout } = await runProgram(program('plain.mjs'), [], {
      execArgv: ['--import', REGISTER],
      cwd: folder.path,
      env: ENV,
    });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ msg }) => msg)).toEqual(['order placed', 'from a library']);
  });

  test('`--require`, and NODE_OPTIONS, which reaches the delivering thread too', async () => {
    using folder = temporaryFolder();
    const { stdout, stderr } = await runProgram(program('plain.cjs'), [], {
      execArgv: ['--require', REGISTER],
      cwd: folder.path,
      env: ENV,
    });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toHaveLength(2);
    const again = await runProgram(program('plain.cjs'), [], {
      cwd: folder.path,
      env: { ...ENV, NODE_OPTIONS: `--import "${REGISTER}"` },
    });
    expect(again.stderr).toBe('');
    expect(again.stdout.trim().split('\n')).toHaveLength(2);
  });

  test('the application’s threads are captured with the main one', async () => {
    using folder = temporaryFolder();
    const { stdout } = await runProgram(program('threads.mjs'), [], {
      execArgv: ['--import', REGISTER],
      cwd: folder.path,
      env: ENV,
    });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ msg }) => msg)).toEqual(['from the main thread', 'from a thread']);
  });

  test('OTEL_SDK_DISABLED leaves the application as it was', async () => {
    using folder = temporaryFolder();
    const { stdout, stderr } = await runProgram(program('plain.mjs'), [], {
      execArgv: ['--import', REGISTER],
      cwd: folder.path,
      env: { ...ENV, OTEL_SDK_DISABLED: 'true' },
    });
    expect({ stdout, stderr }).toEqual({ stdout: "order placed { symbol: 'BTCUSDT' }\n", stderr: '' });
  });

  test('variables for the console and the runtime', async () => {
    using folder = temporaryFolder();
    const env = { ...ENV, HFT_CAPTURE_CONSOLE: 'false', HFT_RUNTIME_METRICS: 'maybe' };
    const { stdout, stderr } = await runProgram(program('plain.mjs'), [], {
      execArgv: ['--import', REGISTER],
      cwd: folder.path,
      env,
    });
    expect(stdout).toContain("order placed { symbol: 'BTCUSDT' }\n");
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('HFT_RUNTIME_METRICS is ignored: expected one of true, false.');
  });

  test.each([
    ['{ "level": "warnign" }', 'did you mean "warning"'],
    ['{ nonsense', 'cannot be read'],
    ['{ "level": "warnign", "register": { "console": "supress" } }', '2 problems'],
    ['5', 'has to export the configuration as default'],
  ])('a configuration that cannot be used (%s) is told of before the application starts', async (text, expected) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'own.json'), text);
    const { code, stdout, stderr } = await runProgram(program('plain.mjs'), [], {
      execArgv: ['--import', REGISTER],
      cwd: folder.path,
      env: { ...ENV, HFT_CONFIG_FILE: 'own.json' },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(expected);
    expect(stderr).toContain('nothing was started');
  });

  test.each<[unknown, readonly string[]]>([
    [undefined, []],
    [{}, []],
    [{ console: undefined }, []],
    [{ console: true, runtimeMetrics: false }, []],
    [{ console: false, runtimeMetrics: true }, []],
    [{ console: 'suppress' }, []],
    [{ console: 'supress' }, ['register.console: got "supress", expected true, false or "suppress"']],
    [{ console: 'true' }, ['register.console: got "true"']],
    [{ console: 1 }, ['register.console: got 1']],
    [{ console: null }, ['register.console: got null']],
    [
      { runtimMetrics: false, Console: true },
      ['register.runtimMetrics: got', 'did you mean "runtimeMetrics"', 'did you mean "console"'],
    ],
    [{ runtimeMetrics: 'no' }, ['register.runtimeMetrics: got "no", expected true or false']],
    ['suppress', ['register: got a text']],
    [[], ['register: got an array']],
    [null, ['register: got null']],
  ])('register: %j is used, or told of with %j', (register, expected) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'own.json'), JSON.stringify({ register }));
    const read = () => readPlan(folder.path, { HFT_CONFIG_FILE: 'own.json' });
    if (expected.length === 0) expect(read().options).toEqual(register ?? {});
    for (const text of expected) expect(read).toThrow(text);
  });

  test('a configuration that throws something else than an error is told of with it', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'own.cjs'), 'throw undefined;');
    const { code, stderr } = await runProgram(program('plain.mjs'), [], {
      execArgv: ['--import', REGISTER],
      cwd: folder.path,
      env: { ...ENV, HFT_CONFIG_FILE: 'own.cjs' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('own.cjs cannot be read: undefined.');
  });

  test('the runtime is measured', async () => {
    using folder = temporaryFolder();
    const { stdout, stderr } = await runProgram(program('measured.ts'), [], {
      execArgv: ['--expose-gc', '--import', REGISTER],
      cwd: folder.path,
      env: ENV,
    });
    const line = stdout.split('\n').find((each) => each.includes('"measured"'));
    expect(line, stderr).toBeDefined();
    expect((JSON.parse(line!) as { names: string[] }).names).toEqual(
      expect.arrayContaining([
        'library_calls',
        'nodejs.eventloop.delay.p99',
        'nodejs.eventloop.utilization',
        'nodejs.eventloop.time',
        'v8js.gc.duration',
        'v8js.memory.heap.used',
        'v8js.memory.heap.limit',
        'process.cpu.time',
        'process.memory.usage',
      ]),
    );
  });
});

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

async function described(start: (provider: MeterProvider) => void): Promise<Record<string, string>> {
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  start(provider);
  const deadline = performance.now() + 10_000;
  for (;;) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { resourceMetrics } = await reader.collect();
    const found: MetricData[] = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const names = found.map(({ descriptor }) => descriptor.name);
    if ((names.includes('v8js.gc.duration') && names.includes('nodejs.eventloop.delay.p99')) || performance.now() > deadline) {
      const keys = (data: MetricData) =>
        [...new Set(data.dataPoints.flatMap(({ attributes }) => Object.keys(attributes)))].join();
      return Object.fromEntries(
        found.map((data) => [data.descriptor.name, `${data.descriptor.unit} ${data.dataPointType} ${keys(data)}`]),
      );
    }
  }
}

/** Until something is collected there is no pause to tell of. */
function makeGarbage(): void {
  const timer = setInterval(() => {
    for (let i = 0; i < 200; i++) new Array(10_000).fill({});
  }, 5);
  setTimeout(() => clearInterval(timer), 15_000).unref();
  timer.unref();
}

test('metrics of the runtime have the names, units, kinds and attributes of OpenTelemetry’s own instrumentation', async () => {
  makeGarbage();
  const ours = await described((provider) => startRuntimeMetrics(provider.getMeter('ours')));
  const theirs = await described((provider) => {
    const instrumentation = new RuntimeNodeInstrumentation({ monitoringPrecision: 10 });
    instrumentation.setMeterProvider(provider);
    instrumentation.enable();
  });
  const { 'v8js.resource.active': _, ...expected } = theirs;
  expect(Object.keys(expected).length).toBeGreaterThan(10);
  expect(ours).toMatchObject(expected);
});
