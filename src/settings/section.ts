/**
 * The settings of one backend: rows, how they are resolved, and what is wrong or doubtful about them together.
 */
import type { Problems } from './problems.ts';
import type { DictionaryName, Rows, Settled, Signal, ValueOf } from './setting.ts';
import type { Environment } from './vocabulary.ts';

/** Who gives settings, the one that wins first. */
export type Source = 'code' | 'variables' | 'preset';

/** What was given for the settings of one section. */
export interface Given<R extends Rows> {
  /** What somebody gave; undefined when nobody did. */
  given<Name extends keyof R & string>(name: Name, signal?: Signal): ValueOf<R[Name]> | undefined;
  /** The same from one source. With `signal`, what a variable says for that signal alone. */
  givenBy<Name extends keyof R & string>(source: Source, name: Name, signal?: Signal): ValueOf<R[Name]> | undefined;
  /** What somebody gave, or the default. For settings whose default is a constant. */
  value<Name extends keyof R & string>(name: Name, signal?: Signal): ValueOf<R[Name]>;
  /** All that anybody gave for a dictionary, joined entry by entry. */
  joined<Name extends DictionaryName<R>>(name: Name, signal?: Signal): ValueOf<R[Name]>;
  /** Every setting by its row alone. */
  settled(): Settled<R>;
  /** Whether the code or the preset has this section. */
  readonly isNamed: boolean;
}

/** What settings may depend on beside their own section. */
export interface ResolveContext {
  /** Whether the section's backend runs, by `enabled`, by its section being there, or by {@link SettingsSection.enabledIn}. */
  readonly enabled: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly environment: Environment;
  readonly serviceName: string;
  /** Exporters named by OTEL_LOGS_EXPORTER and OTEL_METRICS_EXPORTER; undefined when unset. */
  readonly exporters: Readonly<Record<Signal, readonly string[] | undefined>>;
  /** OTEL_BLRP_EXPORT_TIMEOUT and OTEL_METRIC_EXPORT_TIMEOUT, in ms. */
  readonly exportTimeouts: Readonly<Record<Signal, number | undefined>>;
}

export interface SettingsSection<Name extends string = string, R extends Rows = Rows, Resolved = unknown> {
  /** Key under `backends`. */
  readonly name: Name;
  /** A sentence for editors. */
  readonly summary: string;
  readonly rows: R;
  /** The environment in which its backend runs when the configuration names no backend at all. */
  readonly enabledIn?: Environment;
  /** Its word in OTEL_LOGS_EXPORTER or OTEL_METRICS_EXPORTER. `decides`: a list without the word turns the backend off. */
  readonly exporter?: { readonly signal: Signal; readonly word: string; readonly decides: boolean };
  resolve(given: Given<R>, context: ResolveContext): Resolved;
  /** Adds what is wrong with settings that are each right by themselves. */
  check?(resolved: Resolved, given: Given<R>, problems: Problems): void;
  /** What is allowed and yet may not be meant, one text each. */
  advise?(resolved: Resolved, given: Given<R>): readonly string[];
}

/** Types a section by its rows and what `resolve` gives. */
export function section<const Name extends string, R extends Rows, Resolved>(
  parts: SettingsSection<Name, R, Resolved>,
): SettingsSection<Name, R, Resolved> {
  // Without a prototype: a member that is not there must not be found on a polluted one.
  return Object.setPrototypeOf(parts, null) as typeof parts;
}
