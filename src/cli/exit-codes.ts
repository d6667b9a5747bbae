/** Meanings of the exit codes of every command, unless it declares others. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'it failed',
  2: 'the command line was wrong',
};

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
