/**
 * The command itself: help, version, and a wrong word told apart from a failure by the exit code.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { start } from '../demo/demo-process.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

const run = (...words: string[]) => start(words).ended;

describe('help and version', () => {
  test.each([[['--version']], [['-v']], [['demo', '--version']]])('%j prints the version', async (words) => {
    expect(await run(...words)).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  test.each([[[]], [['help']], [['--help']]])('%j lists the commands', async (words) => {
    const { code, stdout } = await run(...words);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}demo {3,}/m);
    expect(stdout).toMatch(/^ {2}routes {3,}/m);
  });

  test.each([[['demo', '--help']], [['help', 'demo']]])('%j lists the options, each within 110 columns', async (words) => {
    const { code, stdout } = await run(...words);
    expect(code).toBe(0);
    for (const option of [
      '--seconds N',
      '--rate N',
      '--dir PATH',
      '--otlp URL',
      '--no-otlp',
      '--prometheus-port N',
      '--json',
      '--quiet',
    ]) {
      expect(stdout).toContain(option);
    }
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });
});

describe('a wrong word', () => {
  test.each([
    [['dmeo'], 'There is no command dmeo (did you mean "demo"?).'],
    [['--versoin'], 'There is no option --versoin (did you mean "--version"?).'],
    [['demo', '--secnods', '2'], 'There is no option --secnods (did you mean "--seconds"?).'],
    [['demo', '--seconds', 'two'], '--seconds two: expected a number from 0 to 86400.'],
    [['demo', '--prometheus-port', '70000'], '--prometheus-port 70000: expected a whole number from 1 to 65535.'],
    [['demo', '--otlp', 'collector:4318'], '--otlp collector:4318: expected a URL such as http://127.0.0.1:4318.'],
    [['demo', '--otlp', 'http://127.0.0.1:4318', '--no-otlp'], '--otlp and --no-otlp exclude each other.'],
    [
      ['routes', '--level', 'warnign'],
      '--level warnign: expected one of trace, debug, info, warning, error, fatal (did you mean "warning"?).',
    ],
    [['routes', '--config', '/nowhere/hft.json'], '--config /nowhere/hft.json: ENOENT'],
  ])('%j: exit code 2, what is wrong, and where to look', async (words, message) => {
    const { code, stdout, stderr } = await run(...words);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/See: hft-otel .*--help\n$/);
  });
});

describe('routes', () => {
  test('an overview of what goes where under the production preset', async () => {
    const { code, stdout } = await run('routes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Record +file +audit$/m);
    expect(stdout).toMatch(/^info of app +– +–$/m);
    expect(stdout).toMatch(/^warning of app +yes +–$/m);
    expect(stdout).toMatch(/^audit event of app +– +yes$/m);
  });

  test('one record, and why it goes where it goes', async () => {
    const { stdout } = await run(
      'routes',
      '--level',
      'error',
      '--tags',
      'mexc, trading',
      '--logger',
      'exchange.mexc.private.rest',
    );
    expect(stdout).toContain('error of exchange.mexc.private.rest [mexc, trading]');
    expect(stdout).toMatch(/→ audit +records tagged "trading"/);
  });

  test("a configuration of one's own is heeded, and its mistakes are told", async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hft-routes-'));
    try {
      const good = join(directory, 'good.json');
      await writeFile(good, JSON.stringify({ backends: { file: {} }, routes: [{ when: { logger: 'noise.*' }, to: [] }] }));
      const words = ['routes', '--config', good, '--level', 'error', '--logger', 'noise.x'];
      const { stdout } = await run(...words);
      expect(stdout).toMatch(/– file/);
      // The preset has an audit file.
      expect(stdout).not.toMatch(/– audit/);
      expect((await run(...words, '--preset', 'production')).stdout).toMatch(/– audit/);
      const bad = join(directory, 'bad.mjs');
      await writeFile(bad, 'export default { backends: { file: { rotation: "weekly" } } };');
      expect(await run('routes', '--config', bad)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('backends.file.rotation'),
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
