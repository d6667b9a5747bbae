/**
 * Completion in real shells: what they offer is what the help says.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMON_OPTIONS } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { SCRIPTS, SHELLS } from '../../src/cli/completion/scripts.ts';
import { wordsOf } from '../../src/cli/completion/words.ts';
import { LEVELS } from '../../src/record.ts';
import { start } from '../demo/demo-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'hft-completion-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const words = await wordsOf(COMMANDS);
const has = (shell: string) => spawnSync('/bin/sh', ['-c', `command -v ${shell}`]).status === 0;
const script = (shell: (typeof SHELLS)[number]) => {
  const path = join(directory, shell);
  writeFileSync(path, SCRIPTS[shell](words));
  return path;
};

const firsts = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))];
const optionsOf = async (name: string) => {
  const { options } = await COMMANDS.find((entry) => entry.name === name)!.load();
  return Object.keys({ ...options, ...COMMON_OPTIONS }).map((option) => `--${option}`);
};

describe('bash', () => {
  /** What bash would offer behind these words, the last of which is being typed. */
  const offered = (...line: string[]) => {
    const call = `source ${script('bash')}; COMP_WORDS=(hft-otel ${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length}; _hft_otel; printf '%s\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['--norc', '-c', call], { encoding: 'utf8' })
      .split('\n')
      .filter((word) => word !== '')
      .sort();
  };

  test('every first word of the table', () => {
    expect(offered('')).toEqual([...firsts, 'help', '--help', '--version'].sort());
    expect(offered('ta')).toEqual(['tail']);
  });

  test.each(COMMANDS.map(({ name }) => name))('%s: every option of its help', async (name) => {
    expect(offered(...name.split(' '), '--')).toEqual((await optionsOf(name)).sort());
  });

  test('second words of groups, values that are known, and files for the rest', () => {
    expect(offered('level', '')).toEqual(['get', 'reset', 'set']);
    expect(offered('tail', '--level', '')).toEqual([...LEVELS].sort());
    expect(offered('tail', '-l', 'w')).toEqual(['warning']);
    expect(offered('tail', 'app')).toEqual([]); // -o default: bash offers files
    expect(offered('tail', '--field', '--')).toEqual([]);
  });
});

test.runIf(has('zsh'))('zsh: the script is sound, and offers every command and option', async () => {
  const calls = `compdef() { :; }; source ${script('zsh')}
    _describe() { print -rl -- "\${choices[@]}"; }; _files() { :; }; 
    words=(hft-otel ''); CURRENT=2; _hft_otel; print -r -- SPLIT; words=(hft-otel tail --); CURRENT=3; _hft_otel; print -r -- SPLIT; words=(hft-otel level ''); CURRENT=3; _hft_otel`;
  const parts = execFileSync('zsh', ['-f', '-c', calls], { encoding: 'utf8' }).split('SPLIT\n');
  const names = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf(':')));
  expect(names(parts[0])).toEqual(firsts);
  expect(names(parts[1]).filter((name) => name.startsWith('--'))).toEqual(await optionsOf('tail'));
  expect(names(parts[2])).toEqual(['get', 'set', 'reset']);
});

test.runIf(has('fish'))('fish: offers every command and option', async () => {
  const offered = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', `source ${script('fish')}; complete -C ${JSON.stringify(line)}`], {
      encoding: 'utf8',
      env: { ...process.env, HOME: directory },
    })
      .trim()
      .split('\n')
      .map((text) => text.split('\t')[0]);
  expect(
    offered('hft-otel ')
      .filter((word) => firsts.includes(word))
      .sort(),
  ).toEqual([...firsts].sort());
  expect(
    offered('hft-otel tail --')
      .filter((word) => word.startsWith('--'))
      .sort(),
  ).toEqual((await optionsOf('tail')).sort());
  expect(offered('hft-otel tail --level ')).toEqual(expect.arrayContaining([...LEVELS]));
  expect(offered('hft-otel level ')).toEqual(expect.arrayContaining(['get', 'set', 'reset']));
});

test.each(SHELLS)('the command prints the script for %s', async (shell) => {
  expect(await start(['completion', shell]).ended).toEqual({ code: 0, signal: null, stdout: SCRIPTS[shell](words), stderr: '' });
});

test('another shell is a wrong word', async () => {
  expect(await start(['completion', 'bsh']).ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "bash"'),
  });
});
