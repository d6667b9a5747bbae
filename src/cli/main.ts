#!/usr/bin/env node
/**
 * `hft-otel`: finds the command, hands it its options, and turns what comes of it into an exit code.
 *
 *   0 done · 1 it failed · 2 the command line was wrong · 130 interrupted (Ctrl-C), 143 terminated: drained and reported all the same
 */

import { didYouMean } from '../settings/suggestion.ts';
import { VERSION } from '../version.ts';
import { parseOptions } from './arguments.ts';
import { COMMON_OPTIONS, type Command, UsageError } from './command.ts';
import { demoCommand } from './demo-command.ts';
import { commandHelp, generalHelp } from './help.ts';
import { paintFor } from './paint.ts';
import { routesCommand } from './routes-command.ts';

const COMMANDS: readonly Command[] = [demoCommand, routesCommand];
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...words]: readonly string[]): Promise<number> {
  const paint = paintFor(process.stdout);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = COMMANDS.find((command) => command.name === words[0]);
    console.log(about === undefined ? generalHelp(COMMANDS, VERSION, paint) : commandHelp(about, paint));
    return 0;
  }
  if (name === '--version' || name === '-v') return printVersion();
  try {
    const command = COMMANDS.find((candidate) => candidate.name === name);
    if (command === undefined) throw new UsageError(unknownCommand(name));
    const values = parseOptions(words, { ...command.options, ...COMMON_OPTIONS });
    if (values.version) return printVersion();
    if (values.help) {
      console.log(commandHelp(command, paint));
      return 0;
    }
    return await command.run(values);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      console.error(error);
      return EXIT_FAILED;
    }
    const known = COMMANDS.some((command) => command.name === name);
    console.error(`${error.message}\nSee: hft-otel ${known ? `${name} ` : ''}--help`);
    return EXIT_USAGE;
  }
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
