import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { LoggingConfig } from '../../src/index.ts';
import { accountOf, killOnly } from '../recovery/kill.ts';
import { AS_NOBODY, canBeNobody, canReadAsNobody, NOBODY } from '../support/another-user.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts');
const run = (args: readonly string[], execArgv: readonly string[] = []) =>
  promisify(execFile)(process.execPath, [...execArgv, MAIN, 'recover', ...args]);

test('hft-otel recover delivers what a service that does not come back has left, by the configuration that it is given', async () => {
  using folder = temporaryFolder();
  const directory = join(folder.path, 'runs');
  await killOnly({
    folder: folder.path,
    directory,
    threads: 2,
    perSecond: 50_000,
    auditEvery: 5,
    afterMillis: 80,
    isSmall: true,
  });
  const config = join(folder.path, 'config.json');
  const backends = {
    file: { path: join(folder.path, 'app.jsonl'), format: 'json', level: 'trace', rotation: 'none' },
    audit: { path: join(folder.path, 'audit.jsonl'), rotation: 'none' },
  };
  writeFileSync(config, JSON.stringify({ service: { name: 'operator' }, backends }));
  const other = await run([directory, '--config', config, '--service', 'another', '--json']);
  expect(JSON.parse(other.stdout)).toMatchObject({ runs: 0 });
  const { stdout: none } = await run([directory, '--config', config, '--service', 'another']);
  expect(none).toMatch(/^Nothing to recover in .*\. What is there \(1\) belongs to .*other services/);
  const { stdout } = await run([directory, '--config', config, '--service', 'killed']);
  expect(stdout).toMatch(
    /^1 run recovered: [\d,]+ log records and [\d,]+ audit events from rings, [\d,]+ records that were encoded\.\n$/,
  );
  const { missing, gaps } = accountOf(folder.path, directory, 2, {});
  expect({ missing, gaps, left: readdirSync(directory) }).toEqual({ missing: { logs: 0, audits: 0 }, gaps: 0, left: [] });
  expect((await run([directory, '--config', config])).stdout).toBe(`Nothing to recover in ${directory}.\n`);
});

/** As a process that ends with another code than 0 would have it too. */
const outcomeOf = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => runProgram(MAIN, ['recover', ...args], { env });

const LEFT = resolve(import.meta.dirname, '../recovery/programs/left.ts');

/** A killed run of this configuration in a folder of its own. Its worker had not begun. */
async function leave(folder: string, config: LoggingConfig, records = 50): Promise<string> {
  const directory = join(folder, 'runs');
  const whole = { ...config, persistence: { enabled: true, directory } };
  await runProgram(LEFT, [JSON.stringify({ config: whole, records })]);
  expect(readdirSync(directory)).toHaveLength(1);
  return directory;
}

const linesOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []);

describe('what is left goes where the service would have sent it, or stays', () => {
  const configOf = (folder: string): LoggingConfig => ({
    service: { name: 'gateway' },
    level: 'info',
    blackBox: { records: 20 },
    backends: {
      file: { path: join(folder, 'app.jsonl'), format: 'json', rotation: 'none' },
      audit: { path: join(folder, 'audit.jsonl'), rotation: 'none' },
    },
  });
  const told = (folder: string, name: string, config: object) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(config));
    return path;
  };

  test('--config is the whole configuration, as configureLogging takes it: no preset lies beneath it', async () => {
    using folder = temporaryFolder();
    const config = configOf(folder.path);
    const directory = await leave(folder.path, config);
    const { code, stdout, stderr } = await outcomeOf([directory, '--json', '--config', told(folder.path, 'config.json', config)]);
    expect(code, stderr).toBe(0);
    const counts = { runs: 1, logs: 70, audit: 50, blackBox: 20, unrouted: 0, waiting: 0 };
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, ...counts });
    expect(linesOf(join(folder.path, 'app.jsonl')).filter((line) => /quote|detail/.test(line))).toHaveLength(70);
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each<[string, (folder: string) => object, number]>([
    [
      'a level of another configuration',
      (folder) => ({
        backends: { file: { path: join(folder, 'x.jsonl'), level: 'error' }, audit: { path: join(folder, 'x-audit.jsonl') } },
      }),
      50,
    ],
    ['no backend for audit events', (folder) => ({ backends: { file: { path: join(folder, 'x.jsonl'), level: 'fatal' } } }), 120],
  ])('with %s the run is kept as it is, and the exit code and the message say so', async (_, otherOf, unrouted) => {
    using folder = temporaryFolder();
    const directory = await leave(folder.path, configOf(folder.path));
    const runs = readdirSync(directory);
    const other = { backends: {}, ...otherOf(folder.path) } as LoggingConfig;
    const path = told(folder.path, 'other.json', { ...other, service: { name: 'gateway' } });
    const kept = await outcomeOf([directory, '--json', '--config', path]);
    expect(kept.code, kept.stderr).toBe(1);
    expect(JSON.parse(kept.stdout)).toMatchObject({ complete: false, runs: 0, logs: 0, audit: 0, waiting: 120 });
    expect(kept.stderr).toContain(`Of its 120 records ${unrouted} would go to no backend`);
    expect(kept.stderr).toContain('--discard-unrouted');
    expect(readdirSync(directory)).toEqual(runs);

    const right = await outcomeOf([directory, '--json', '--config', told(folder.path, 'config.json', configOf(folder.path))]);
    expect(JSON.parse(right.stdout)).toMatchObject({ complete: true, logs: 70, audit: 50, waiting: 0 });
    expect(right.code, right.stderr).toBe(0);
  });

  test('--discard-unrouted delivers the rest, and says how many went nowhere', async () => {
    using folder = temporaryFolder();
    const config = configOf(folder.path);
    const directory = await leave(folder.path, config);
    const { backends } = config;
    const other = { ...config, backends: { ...backends, file: { ...backends!.file, level: 'error' } } };
    const args = [directory, '--discard-unrouted', '--config', told(folder.path, 'config.json', other)];
    const { code, stdout, stderr } = await outcomeOf(args);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('50 of them went to no backend and are discarded.');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('what a rule drops on purpose does not keep a run', async () => {
    using folder = temporaryFolder();
    const config = configOf(folder.path);
    const directory = await leave(folder.path, config);
    const other = { ...config, routes: [{ when: { logger: 'gateway', type: 'logs' }, to: [] }] };
    const { code, stdout, stderr } = await outcomeOf([directory, '--json', '--config', told(folder.path, 'config.json', other)]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, runs: 1, audit: 50, unrouted: 70 });
  });

  test('records that were encoded for a backend that the configuration does not have keep the run', async () => {
    using folder = temporaryFolder();
    const server = closeAfterTest(await startOtlpServer());
    await server.stop();
    const directory = join(folder.path, 'runs');
    const away = resolve(import.meta.dirname, '../recovery/programs/away.ts');
    await runProgram(away, [JSON.stringify({ directory, endpoint: server.url, ending: 'SIGKILL' })]);
    const files = { file: { path: join(folder.path, 'app.jsonl') }, audit: { path: join(folder.path, 'audit.jsonl') } };
    const kept = await outcomeOf([directory, '--json', '--config', told(folder.path, 'other.json', { backends: files })]);
    expect(kept.code, kept.stderr).toBe(1);
    expect(JSON.parse(kept.stdout)).toMatchObject({ complete: false, runs: 0, undeliverable: 0, waiting: 551 });
    expect(kept.stderr).toMatch(/\d+ were encoded for backends that it does not have/);

    await server.restart();
    const right = told(folder.path, 'config.json', {
      service: { name: 'away' },
      backends: { otlp: { logsEndpoint: server.logsUrl } },
    });
    const sent = await outcomeOf([directory, '--json', '--config', right]);
    expect(sent.code, sent.stderr).toBe(0);
    expect(server.received.filter(({ body }) => body === 'quote' || body === 'last')).toHaveLength(501);
  });

  test('in an environment that switches OpenTelemetry off nothing would be delivered: it says so', async () => {
    using folder = temporaryFolder();
    const directory = await leave(folder.path, configOf(folder.path));
    const config = told(folder.path, 'config.json', configOf(folder.path));
    const { code, stderr } = await outcomeOf([directory, '--config', config], { OTEL_SDK_DISABLED: 'true' });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('OTEL_SDK_DISABLED') });
    expect(readdirSync(directory)).toHaveLength(1);
  });
});

test('without koffi it says what to install', async () => {
  using folder = temporaryFolder();
  await expect(run([folder.path], ['--no-addons'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--allow-addons'),
  });
});

test.skipIf(process.getuid?.() !== 0)(
  'root is told to become the user of the service, before a file is made that the service could not write to',
  async () => {
    using folder = temporaryFolder();
    const directory = join(folder.path, 'runs');
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, NOBODY, NOBODY);
    const config = join(folder.path, 'config.json');
    const backends = { audit: { path: join(folder.path, 'logs/audit.jsonl'), rotation: 'none' } };
    writeFileSync(config, JSON.stringify({ service: { name: 'operator' }, backends }));
    await expect(run([directory, '--config', config])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`sudo -u '#${NOBODY}'`),
    });
    expect(readdirSync(folder.path).sort()).toEqual(['config.json', 'runs']);
  },
);

test.skipIf(!canBeNobody() || !canReadAsNobody(MAIN))(
  'another user, who cannot look into the directory, is told the same',
  async () => {
    using folder = temporaryFolder();
    const closed = join(folder.path, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const [command, ...rest] = AS_NOBODY;
    const args = [...rest, process.execPath, MAIN, 'recover', join(closed, 'runs')];
    await expect(promisify(execFile)(command, args)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/EACCES.*as the user of the service/),
    });
  },
);
