/**
 * A complete configuration: every value is present, checked, frozen, and can be copied by `structuredClone`. The bridge's target cannot, so it is kept apart.
 * The types of settings come from their rows.
 */
import type { ResolvedSections } from '../backends/built-in.ts';
import type { ResolvedModule } from '../backends/module/settings.ts';
import type { Environment } from '../settings/vocabulary.ts';
import type { SettledGeneral } from './settings.ts';

/** General settings that appear in another form below. */
export type Composed =
  | 'preset'
  | 'environment'
  | 'resource'
  | 'ringBufferSize'
  | `service.${string}`
  | `overflow.${string}`
  | `blackBox.${string}`
  | `persistence.${string}`
  | `control.${string}`
  | `page.${string}`;

export type ResolvedBackends = ResolvedSections & {
  /** The user's own, in the order of the configuration. */
  readonly modules: readonly ResolvedModule[];
};

export interface ResolvedConfig extends Omit<SettledGeneral, Composed> {
  /** OTEL_SDK_DISABLED: nothing is recorded. */
  readonly disabled: boolean;
  readonly environment: Environment;
  /** Resource attributes, `service.*` among them. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
  readonly instanceId: string;
  /** Whether it was configured: such an id may come again with the next start, a generated one does not. */
  readonly isInstanceIdGiven: boolean;
  /** Number of this process in its cluster; undefined outside of one. */
  readonly clusterWorker: string | undefined;
  readonly blackBox: {
    /** For each thread; 0: there is none. */
    readonly records: number;
  };
  readonly persistence: {
    readonly enabled: boolean;
    /** Undefined: the default one. */
    readonly directory: string | undefined;
    /** Set by the code or the environment. The preset takes it where it works. */
    readonly isRequired: boolean;
  };
  readonly control: {
    readonly enabled: boolean;
    /** Undefined: the default one. */
    readonly directory: string | undefined;
  };
  readonly page: {
    /** Undefined: it is opened when an operator asks for it. */
    readonly port: number | undefined;
    readonly host: string;
    /** Undefined: the worker makes one. */
    readonly token: string | undefined;
    readonly allowedHosts: readonly string[];
  };
  /** Bytes of each ring's data area. */
  readonly ringBytes: number;
  /** Share of a ring for each level rank. */
  readonly overflowShares: readonly number[];
  readonly backends: ResolvedBackends;
  /** Warnings: environment variables that were ignored or changed, settings without effect, records that go to no backend. */
  readonly warnings: readonly string[];
}
