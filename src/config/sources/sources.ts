/**
 * Precedence: the code wins over environment variables, variables win over the preset, and the preset wins over the defaults. Dictionaries (`levels`,
 * `resource`, headers) are joined entry by entry in the same order.
 */
import type { Given, ResolveContext, SettingsSection, Source } from '../../settings/section.ts';
import type { DictionaryName, Rows, Settled, Signal, ValueOf } from '../../settings/setting.ts';
import type { Environment, ModuleConfig } from '../../settings/vocabulary.ts';
import { GENERAL, type General } from '../general.ts';
import { SETTINGS, type SettingPath } from '../settings.ts';
import type { EnvironmentLayer } from './environment.ts';
import type { Layer } from './layer.ts';

export class Sources {
  readonly environment: Environment;
  readonly code: Layer;
  readonly variables: EnvironmentLayer;
  readonly preset: Layer;
  /** Given values of the general settings. */
  readonly general: Given<General>;

  constructor(code: Layer, variables: EnvironmentLayer, preset: Layer) {
    this.code = code;
    this.variables = variables;
    this.preset = preset;
    this.general = this.#givenOf(GENERAL, (name) => name as SettingPath, true);
    this.environment = this.general.given('environment') ?? variables.nodeEnvironment ?? 'development';
  }

  /** Given values of a backend's settings. */
  section<Name extends string, R extends Rows>({ name, rows }: SettingsSection<Name, R>): Given<R> {
    return this.#givenOf(rows, (setting) => `backends.${name}.${setting}` as SettingPath, this.names(name));
  }

  contextOf({ name, enabledIn }: SettingsSection, env: NodeJS.ProcessEnv, serviceName: string): ResolveContext {
    const { exporters, exportTimeouts } = this.variables;
    const given = this.given(`backends.${name}.enabled` as SettingPath) as boolean | undefined;
    const enabled = given ?? (this.names(name) || (!this.namesAny && enabledIn === this.environment));
    return { enabled, env, environment: this.environment, serviceName, exporters, exportTimeouts };
  }

  /** The given value of the setting at this path, from the source that wins. */
  given(path: SettingPath, signal?: Signal): unknown {
    const { code, variables, preset } = this;
    const own = signal && variables.signals[signal].get(path);
    return code.values.get(path) ?? own ?? variables.values.get(path) ?? preset.values.get(path);
  }

  /** Whether the code or the preset has this backend's section. */
  names(backend: string): boolean {
    return this.code.backends.has(backend) || this.preset.backends.has(backend);
  }

  /** Whether the code or the preset has the section of any backend. */
  get namesAny(): boolean {
    return [this.code, this.preset].some(({ backends, modules }) => backends.size + modules.size > 0);
  }

  /** The user's own backends. */
  get modules(): ReadonlyMap<string, ModuleConfig> {
    return this.code.modules;
  }

  #givenOf<R extends Rows>(rows: R, pathOf: (name: string) => SettingPath, isNamed: boolean): Given<R> {
    const given = <Name extends keyof R & string>(name: Name, signal?: Signal) =>
      this.given(pathOf(name), signal) as ValueOf<R[Name]> | undefined;
    const value = <Name extends keyof R & string>(name: Name, signal?: Signal) =>
      given(name, signal) ?? (this.#defaultOf(pathOf(name)) as ValueOf<R[Name]>);
    return {
      given,
      value,
      givenBy: <Name extends keyof R & string>(source: Source, name: Name, signal?: Signal) => {
        const values = signal === undefined ? this[source].values : this.variables.signals[signal];
        return values.get(pathOf(name)) as ValueOf<R[Name]> | undefined;
      },
      joined: <Name extends DictionaryName<R>>(name: Name, signal?: Signal) =>
        this.#joined(pathOf(name), signal) as ValueOf<R[Name]>,
      settled: () => Object.fromEntries(Object.keys(rows).map((name) => [name, value(name)])) as Settled<R>,
      isNamed,
    };
  }

  #defaultOf(path: SettingPath): unknown {
    const row = SETTINGS[path];
    if (!('value' in row)) return undefined;
    return this.environment === 'production' ? (row.inProduction ?? row.value) : row.value;
  }

  #joined(path: SettingPath, signal: Signal | undefined): unknown {
    const { code, variables, preset } = this;
    const own = signal && variables.signals[signal].get(path);
    const parts = [preset.values.get(path), variables.values.get(path), own, code.values.get(path)] as (object | undefined)[];
    // Defines properties; `Object.assign` would call the setter of a key named `__proto__`.
    return Object.fromEntries(parts.flatMap((part) => Object.entries(part ?? {})));
  }
}
