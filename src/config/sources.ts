/**
 * Precedence: what the code says wins over the environment's variables, those over the preset, that over the defaults. Dictionaries (`levels`,
 * `resource`, headers) are joined entry by entry in the same order.
 */
import { SETTING_DEFAULTS } from './defaults.ts';
import type { EnvironmentLayer } from './environment.ts';
import type { SettingPath, SettingValues, Signal } from './kinds/setting-values.ts';
import type { Layer } from './layer.ts';
import type { Environment, ModuleConfig } from './types.ts';

type Dictionary = {
  [Path in SettingPath]: SettingValues[Path] extends Readonly<Record<string, unknown>> ? Path : never;
}[SettingPath];

export class Sources {
  readonly environment: Environment;
  readonly code: Layer;
  readonly variables: EnvironmentLayer;
  readonly preset: Layer;

  constructor(code: Layer, variables: EnvironmentLayer, preset: Layer) {
    this.code = code;
    this.variables = variables;
    this.preset = preset;
    this.environment = (this.given('environment') ?? variables.nodeEnvironment ?? 'development') as Environment;
  }

  /** What somebody has said; undefined when nobody has. */
  given<Path extends SettingPath>(path: Path, signal?: Signal): SettingValues[Path] | undefined {
    const { code, variables, preset } = this;
    const own = signal && variables.signals[signal].get(path);
    return (code.values.get(path) ?? own ?? variables.values.get(path) ?? preset.values.get(path)) as
      | SettingValues[Path]
      | undefined;
  }

  /** The same, or the default. For settings whose default is a constant. */
  value<Path extends SettingPath>(path: Path, signal?: Signal): SettingValues[Path] {
    const { value, inProduction } = SETTING_DEFAULTS[path];
    const byDefault = this.environment === 'production' ? (inProduction ?? value) : value;
    return (this.given(path, signal) ?? byDefault) as SettingValues[Path];
  }

  /** All that anybody has said, joined. */
  joined<Path extends Dictionary>(path: Path, signal?: Signal): SettingValues[Path] {
    const { code, variables, preset } = this;
    const own = signal && variables.signals[signal].get(path);
    const parts = [preset.values.get(path), variables.values.get(path), own, code.values.get(path)] as (object | undefined)[];
    // Defines properties; `Object.assign` would call the setter of a key named `__proto__`.
    return Object.fromEntries(parts.flatMap((part) => Object.entries(part ?? {}))) as SettingValues[Path];
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
}
