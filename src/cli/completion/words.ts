/**
 * The words that can be typed, from the commands' own declarations, which the help is made from too.
 */
import { LEVELS } from '../../record.ts';
import { COMMON_OPTIONS, type CommandEntry, type OptionSpec } from '../command.ts';

export interface OptionWords {
  readonly name: string;
  readonly short: string | undefined;
  readonly help: string;
  /** Whether a value follows it. */
  readonly takesValue: boolean;
  /** All its values; undefined: a file, or any text. */
  readonly values: readonly string[] | undefined;
}

export interface CommandWords {
  /** `level`, `set`; or one word. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionWords[];
}

/** Values by placeholder. */
const VALUES: Readonly<Record<string, readonly string[]>> = { LEVEL: LEVELS };

export async function wordsOf(entries: readonly CommandEntry[]): Promise<readonly CommandWords[]> {
  return Promise.all(
    entries.map(async ({ name, summary, load }) => {
      const { options } = await load();
      return {
        words: name.split(' '),
        summary,
        options: Object.entries({ ...options, ...COMMON_OPTIONS }).map(([option, spec]) => optionWords(option, spec)),
      };
    }),
  );
}

function optionWords(name: string, { type, short, help, placeholder = '' }: OptionSpec): OptionWords {
  const values = Object.hasOwn(VALUES, placeholder) ? VALUES[placeholder] : undefined;
  return { name, short, help, takesValue: type === 'string', values };
}

/** First words of the commands, and second ones by first; each once, in the order of the table. */
export function groupsOf(commands: readonly CommandWords[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { words } of commands) {
    const [first, second] = words;
    const seconds = groups.get(first) ?? [];
    groups.set(first, seconds);
    if (second !== undefined) seconds.push(second);
  }
  return groups;
}
