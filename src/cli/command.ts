/**
 * A command of `hft-otel`. Its options are declared once; parsing, help and spelling hints are made from that.
 */

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** Placeholder of the value in the help, for example `URL`. */
  readonly placeholder?: string;
  readonly help: string;
  /** May be given more than once. Default: the last one counts. */
  readonly isRepeatable?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Options given: text, a list of texts for those that may be repeated, or true for those without a value. */
export type Values = Readonly<Record<string, string | readonly string[] | true | undefined>>;

/** The words of a command that are no options, such as files. */
export interface OperandSpec {
  /** Placeholder in the help, for example `FILE…`. */
  readonly placeholder: string;
  readonly help: string;
  /** Fewest and most that are taken. */
  readonly least: number;
  readonly most: number;
}

export interface Command {
  /** One word, or a group and a word: `audit verify`. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Further lines of the help, about things that the options do not show. */
  readonly notes: readonly string[];
  readonly options: OptionSpecs;
  /** Default: the command takes none. */
  readonly operands?: OperandSpec;
  /** Meanings of its exit codes, beyond those of every command: 0 done, 1 it failed, 2 the command line was wrong. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  /** Resolves with the exit code. Throws {@link UsageError} for values that make no sense. */
  run(values: Values, operands: readonly string[]): Promise<number>;
}

/** A line of the table of commands. The module of a command is loaded only for that command: `tail` need not wait for the demo's modules. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** The command line was wrong: reported in one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Options that every command has. */
export const COMMON_OPTIONS: OptionSpecs = {
  help: { type: 'boolean', short: 'h', help: 'show this help' },
  version: { type: 'boolean', short: 'v', help: 'show the version' },
};
