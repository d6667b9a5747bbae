/**
 * The settings of one backend: its rows, their resolution, and checks of them together.
 */
import type { Problems } from './problems.ts';
import type { DictionaryName, Rows, Settled, Signal, ValueOf } from './setting.ts';
import type { Environment } from './vocabulary.ts';

/** Sources of settings, in order of precedence. */
export type Source = 'code' | 'variables' | 'preset';

/** Given values of the settings of one section. */
export interface Given<R extends Rows> {
  /** The given value; undefined when no source has one. */
  given<Name extends keyof R & string>(name: Name, signal?: Signal): ValueOf<R[Name]> | undefined;
  /** The same from one source. With `signal`: the value of a variable for that signal alone. */
  givenBy<Name extends keyof R & string>(source: Source, name: Name, signal?: Signal): ValueOf<R[Name]> | undefined;
  /** The given value, or the default. For settings whose default is a constant. */
  value<Name extends keyof R & string>(name: Name, signal?: Signal): ValueOf<R[Name]>;
  /** The entries of a dictionary from all sources, joined. */
  joined<Name extends DictionaryName<R>>(name: Name, signal?: Signal): ValueOf<R[Name]>;
  /** Every setting by its row alone. */
  settled(): Settled<R>;
  /** Whether the code or the preset has this section. */
  readonly isNamed: boolean;
}

/** Inputs of a resolution beside the section's own settings. */
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
  /** Descriptions of the objects in it, by name: rows of an object `spool` are called `spool.…`. */
  readonly groups?: Readonly<Record<string, string>>;
  /** The environment in which its backend runs when the configuration names no backend at all. */
  readonly enabledIn?: Environment;
  /** Its word in OTEL_LOGS_EXPORTER or OTEL_METRICS_EXPORTER. `decides`: a list without the word turns the backend off. */
  readonly exporter?: { readonly signal: Signal; readonly word: string; readonly decides: boolean };
  resolve(given: Given<R>, context: ResolveContext): Resolved;
  /** Adds problems between settings that are each valid. */
  check?(resolved: Resolved, given: Given<R>, problems: Problems): void;
  /** Warnings about settings that are allowed but probably not intended. */
  advise?(resolved: Resolved, given: Given<R>): readonly string[];
}

/** Types a section by its rows and what `resolve` gives. */
export function section<const Name extends string, R extends Rows, Resolved>(
  parts: SettingsSection<Name, R, Resolved>,
): SettingsSection<Name, R, Resolved> {
  // Without a prototype: a member that is not there must not be found on a polluted one.
  return Object.setPrototypeOf(parts, null) as typeof parts;
}
