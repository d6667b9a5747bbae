/**
 * The levels of a logger of the facade, and the severity of each. Children share their parent's table, because there is a child for each request.
 */
import type { Severity } from '../../intake/intake.ts';
import { isPinosOwn, SILENT, severityOfPinoLevel } from './levels.ts';

export class LevelTable {
  /** Numbers by name, `silent` included. */
  readonly values: Readonly<Record<string, number>>;
  /** Names by number. */
  readonly labels: Readonly<Record<number, string>>;
  /** The user's own: names that pino does not have, or with numbers that it does not give them. */
  readonly own: readonly (readonly [label: string, value: number])[];
  /** The levels that have pino's name and number stand for that number alone: their calls are calls of our own methods. */
  readonly isUnshared: boolean;
  readonly #severities: ReadonlyMap<number, Severity>;

  constructor(values: Readonly<Record<string, number>>) {
    const entries = Object.entries(values);
    this.values = { ...values, [SILENT]: Infinity };
    this.labels = { ...Object.fromEntries(entries.map(([label, value]) => [value, label])), [Infinity]: SILENT };
    this.own = entries.filter(([label, value]) => !isPinosOwn(value, label));
    this.isUnshared = entries.every(([label, value]) => !isPinosOwn(value, label) || this.labels[value] === label);
    this.#severities = new Map(
      entries.map(([label, value]) => [value, severityOfPinoLevel(value, isPinosOwn(value, label) ? undefined : label)]),
    );
  }

  /** Whether a number has the name that pino gives it. */
  isPinosOwn(value: number): boolean {
    return isPinosOwn(value, this.labels[value]);
  }

  severityOf(value: number): Severity {
    return this.#severities.get(value) ?? severityOfPinoLevel(value);
  }

  /** The table with further levels. */
  with(levels: Readonly<Record<string, number>>): LevelTable {
    const { [SILENT]: _, ...values } = this.values;
    return new LevelTable({ ...values, ...levels });
  }

  /** Name of the least level that `isOn` is true for. */
  leastOf(isOn: (severity: Severity) => boolean): string {
    const ascending = Object.entries(this.values).sort(([, a], [, b]) => a - b);
    return ascending.find(([label, value]) => label !== SILENT && isOn(this.severityOf(value)))?.[0] ?? SILENT;
  }
}
