/**
 * `hft-otel completion`: a script for a shell, made from the table of commands.
 */
import { didYouMean } from '../../settings/suggestion.ts';
import { type Command, type CommandEntry, UsageError } from '../command.ts';
import { SCRIPTS, SHELLS } from './scripts.ts';
import { wordsOf } from './words.ts';

/** `entries`: the table, which has this command in it as well. */
export function completionCommand(entries: readonly CommandEntry[]): Command {
  return {
    name: 'completion',
    summary: 'print a script that completes commands and options in bash, zsh or fish',
    operands: { placeholder: 'SHELL', help: SHELLS.join(', '), least: 1, most: 1 },
    options: {},
    notes: [
      'bash: eval "$(hft-otel completion bash)" in ~/.bashrc; zsh: the same, after compinit; fish: hft-otel completion fish | source',
    ],
    async run(_, [name]) {
      const shell = SHELLS.find((each) => each === name);
      if (shell === undefined) throw new UsageError(`${name}: expected one of ${SHELLS.join(', ')}${didYouMean(name, SHELLS)}.`);
      process.stdout.write(SCRIPTS[shell](await wordsOf(entries)));
      return 0;
    },
  };
}
