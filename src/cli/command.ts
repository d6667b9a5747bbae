/**
 * What a command of `hft-otel` is made of. Its options are declared once, and parsing, help and spelling hints are made from that.
 */

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What stands for the value in the help, for example `URL`. */
  readonly placeholder?: string;
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Options given: text, or true for those without a value. */
export type Values = Readonly<Record<string, string | true | undefined>>;

export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Further lines of the help: what is not plain from the options. */
  readonly notes: readonly string[];
  readonly options: OptionSpecs;
  /** Resolves with the exit code. Throws {@link UsageError} for values that make no sense. */
  run(values: Values): Promise<number>;
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
