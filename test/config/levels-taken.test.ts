import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { untakenAdvice } from '../../src/config/levels-taken.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { createLogging } from '../../src/index.ts';
import { LEVELS } from '../../src/record.ts';
import { explainRouting } from '../../src/router/explain.ts';
import { temporaryFolder } from '../support/child.ts';

afterEach(() => void vi.unstubAllEnvs());

describe('a level that loggers write and no backend takes', () => {
  test('is told of by the call that sets it: once, as a warning, with what to change', async () => {
    const folder = temporaryFolder();
    const logging = createLogging({
      preset: 'production',
      handleExits: false,
      backends: {
        file: { path: join(folder.path, 'app.jsonl') },
        audit: { path: join(folder.path, 'audit.jsonl') },
        prometheus: { enabled: false },
      },
    });
    onTestFinished(async () => void (await logging.shutdown()));
    const said: string[] = [];
    const listen = ({ message }: Error) => void said.push(message);
    process.on('warning', listen);
    onTestFinished(() => void process.off('warning', listen));
    expect(logging.health().warnings).toEqual([]);
    for (let i = 0; i < 3; i++) logging.setLevel('*', 'debug');
    await new Promise((resolve) => setImmediate(resolve));
    const advice =
      'setLevel("*", "debug"): no backend takes debug and info records, but for those that a route by tag or name leads somewhere. ' +
      'file takes warning and above: lower backends.file.level, or add a backend.';
    expect(logging.health().warnings).toEqual([advice]);
    expect(said.filter((each) => each.startsWith('setLevel'))).toEqual([advice]);
    logging.setLevel('*', 'error');
    expect(logging.health().warnings).toEqual([advice]);
  });

  test('is told of when code or a variable asks for it, and not when a preset does', () => {
    const production: LoggingConfig = { preset: 'production' };
    const warningsOf = (config: LoggingConfig, env = {}) => resolveConfig({ ...production, ...config }, env).config.warnings;
    expect(warningsOf({})).toEqual([]);
    expect(warningsOf({ level: 'debug' })).toEqual([expect.stringMatching(/^level "debug": no backend takes debug and info/)]);
    expect(warningsOf({}, { HFT_LOG_LEVEL: 'debug' })).toEqual([expect.stringMatching(/lower backends\.file\.level/)]);
    expect(warningsOf({ levels: { 'a.*': 'info' } })).toEqual([expect.stringMatching(/^levels\["a\.\*"\] "info"/)]);
    expect(warningsOf({ level: 'debug', backends: { console: {} } })).toEqual([]);
    expect(warningsOf({ level: 'warning' })).toEqual([]);
  });

  test('is one that explain() says no backend gets, whatever the levels, routes and backends', () => {
    const level = fc.constantFrom(...LEVELS);
    const backend = fc.record({ enabled: fc.boolean(), level });
    const name = fc.constantFrom('console', 'memory', 'audit');
    const when = fc.record(
      {
        level: fc.oneof(level, fc.uniqueArray(level, { minLength: 1 })),
        type: fc.constantFrom('logs' as const, 'audit' as const),
        logger: fc.constantFrom('a.*', 'a.b', 'z', '*'),
        environment: fc.constantFrom('test' as const, 'production' as const),
      },
      { requiredKeys: [] },
    );
    const route = fc.record({ when, to: fc.uniqueArray(name, { minLength: 1 }) });
    const config = fc.record({
      environment: fc.constant('test' as const),
      level: fc.constant('trace' as const),
      routesMode: fc.constantFrom('extend' as const, 'replace' as const),
      routes: fc.array(route, { maxLength: 4 }),
      backends: fc.record({ console: backend, memory: backend, audit: backend }),
    });
    fc.assert(
      fc.property(config, level, (user, asked) => {
        const { config: resolved } = resolveConfig(user, {});
        const { backends } = explainRouting(resolved, { logger: 'a.b', level: asked });
        const advice = untakenAdvice(resolved, 'x', 'a.b', asked);
        expect(advice === undefined).toBe(backends.length === 0 || backends.some(({ gets }) => gets));
      }),
      { numRuns: 500 },
    );
  });
});

test('in production, a file that was named by hand takes what loggers write', async () => {
  vi.stubEnv('NODE_ENV', 'production');
  const folder = temporaryFolder();
  const path = join(folder.path, 'p.jsonl');
  const logging = createLogging({ handleExits: false, backends: { file: { path } } });
  logging.getLogger('a').info('x');
  expect((await logging.shutdown()).complete).toBe(true);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ level: 'info', msg: 'x' });
});

test('a misspelt backend does not compile; one of the user’s own does, by whichever way it comes', () => {
  const compile = () => {
    // @ts-expect-error: a backend without a module is one of ours, and there is no such
    createLogging({ backends: { consle: {} } });
    // @ts-expect-error: so it is beside others
    createLogging({ backends: { console: {}, consle: { level: 'info' } } });
    // @ts-expect-error: and in a variable
    const wrong: LoggingConfig = { backends: { consle: {} } };
    // @ts-expect-error: a setting that does not exist
    createLogging({ backends: { console: { colour: true } } });
    // @ts-expect-error: a module's settings are checked too
    createLogging({ backends: { mine: { module: './mine.js', lvel: 'info' } } });
    createLogging({ backends: { mine: { module: './mine.js', level: 'info', options: { a: 1 } }, console: {} } });
    const own: LoggingConfig<'mine'> = { backends: { mine: { module: './mine.js' }, file: {} } };
    createLogging(own);
    createLogging({ ...own, level: 'debug' });
    return wrong;
  };
  expect(compile).toBeTypeOf('function');
});
