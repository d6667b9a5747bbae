/**
 * A setting is one row: its allowed values, its meaning, its default with unit and origin, what happens at its limit, and its environment variables. The check
 * of a configuration, the reading of the environment, the resolved types, the comments of `config/types.ts` and the tables of `docs/configuration.md` all come
 * from these rows.
 */
import type { Kind } from './kinds/kinds.ts';

/** OpenTelemetry's signals that its variables distinguish. Audit events are logs. */
export type Signal = 'logs' | 'metrics';

export interface Variable {
  readonly name: string;
  /** Holds for this signal only, and wins there over the variable for all. */
  readonly signal?: Signal;
  /** Giving it also starts the backend that the setting belongs to. */
  readonly starts?: boolean;
}

interface About {
  readonly unit?: string;
  /** Where the default comes from. */
  readonly origin?: string;
  /** What happens to the data at the limit. */
  readonly atLimit?: string;
  /** The last one that is set wins. */
  readonly variables?: readonly (string | Variable)[];
}

/** Has a default that is a constant. */
export interface ConstantSetting<T> extends About {
  readonly kind: Kind<T>;
  /** A sentence or two, for documentation and editors. */
  readonly meaning: string;
  readonly value: T;
  /** In place of `value` in the environment `production`. */
  readonly inProduction?: T;
}

/** Has a default that depends on other things, or none. */
export interface DerivedSetting<T> extends About {
  readonly kind: Kind<T>;
  readonly meaning: string;
  /** In words: the value when no source has one. */
  readonly derived: string;
}

export type Setting<T> = ConstantSetting<T> | DerivedSetting<T>;

export type Rows = Readonly<Record<string, Setting<unknown>>>;

/** Type of the values that a user may give for a setting. */
export type ValueOf<Row> = Row extends { readonly kind: Kind<infer T> } ? T : never;

/** Type of a setting that its row alone resolves: with a constant default there is always a value, otherwise it may be undefined. */
export type SettledOf<Row> = Row extends ConstantSetting<infer T> ? T : ValueOf<Row> | undefined;

export type Settled<R extends Rows> = { readonly [Name in keyof R]: SettledOf<R[Name]> };

/** Names of settings whose values are joined entry by entry instead of replaced. */
export type DictionaryName<R extends Rows> = {
  [Name in keyof R & string]: ValueOf<R[Name]> extends Readonly<Record<string, unknown>> ? Name : never;
}[keyof R & string];

export function setting<T>(
  kind: Kind<T>,
  meaning: string,
  more: Omit<ConstantSetting<NoInfer<T>>, 'kind' | 'meaning'>,
): ConstantSetting<T>;
export function setting<T>(
  kind: Kind<T>,
  meaning: string,
  more: Omit<DerivedSetting<NoInfer<T>>, 'kind' | 'meaning'>,
): DerivedSetting<T>;
export function setting<T>(
  kind: Kind<T>,
  meaning: string,
  more: Omit<ConstantSetting<T>, 'kind' | 'meaning'> | Omit<DerivedSetting<T>, 'kind' | 'meaning'>,
): Setting<T> {
  return { kind, meaning, ...more };
}

/** The variables of a row in one form. */
export function variablesOf({ variables = [] }: Setting<unknown>): readonly Variable[] {
  return variables.map((variable) => (typeof variable === 'string' ? { name: variable } : variable));
}
