#!/usr/bin/env node
/**
 * `hft-otel`: finds the command, runs it with its options, and turns its result into an exit code.
 *
 *   0 done · 1 it failed · 2 the command line was wrong · 130 interrupted (Ctrl-C), 143 terminated: drained and reported all the same
 */

import { didYouMean } from '../settings/suggestion.ts';
import { VERSION } from '../version.ts';
import { parseWords } from './arguments.ts';
import { COMMON_OPTIONS, type CommandEntry, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT_FAILED, EXIT_USAGE } from './exit-codes.ts';
import { commandHelp, generalHelp } from './help.ts';
import { paintFor } from './paint.ts';
import { watchStandardOutput } from './standard-output.ts';

watchStandardOutput();
process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const paint = paintFor(process.stdout);
  const [name] = words;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = entryOf(words.slice(1));
    if (about !== undefined) console.log(commandHelp(await about.load(), paint));
    else console.log(generalHelp(COMMANDS, VERSION, paint));
    return 0;
  }
  if (name === '--version' || name === '-v') return printVersion();
  const entry = entryOf(words);
  try {
    if (entry === undefined) {
      const group = groupOf(name);
      if (group.length === 0) throw new UsageError(unknownCommand(name));
      if (words[1] === undefined || words[1] === '--help' || words[1] === '-h') {
        console.log(generalHelp(group, VERSION, paint));
        return words[1] === undefined ? EXIT_USAGE : 0;
      }
      throw new UsageError(unknownCommand(`${name} ${words[1]}`));
    }
    const command = await entry.load();
    const rest = words.slice(entry.name.split(' ').length);
    const { values, operands } = parseWords(rest, { ...command.options, ...COMMON_OPTIONS }, command.operands);
    if (values.version) return printVersion();
    if (values.help) {
      console.log(commandHelp(command, paint));
      return 0;
    }
    return await command.run(values, operands);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      console.error(error);
      return EXIT_FAILED;
    }
    const known = entry?.name ?? (groupOf(name).length > 0 ? name : undefined);
    console.error(`${error.message}\nSee: hft-otel ${known === undefined ? '' : `${known} `}--help`);
    return EXIT_USAGE;
  }
}

/** The command that the first word names, or the first two. */
function entryOf([first, second]: readonly string[]): CommandEntry | undefined {
  return COMMANDS.find(({ name }) => name === first || name === `${first} ${second}`);
}

/** The commands of a group: those of `audit …`. */
function groupOf(word: string): readonly CommandEntry[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
}

function unknownCommand(name: string): string {
  const names = [...COMMANDS.map((command) => command.name), 'help'];
  const kind = name.startsWith('-') ? 'option' : 'command';
  return `There is no ${kind} ${name}${didYouMean(name, kind === 'option' ? ['--help', '--version'] : names)}.`;
}

function printVersion(): number {
  console.log(VERSION);
  return 0;
}
