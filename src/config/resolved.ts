/**
 * A configuration after everything is decided: every value present and checked, frozen, fit for `structuredClone`. The bridge's target, which is not,
 * is kept apart. A setting that needs no more than its row is here by its row.
 */
import type { ResolvedSections } from '../backends/built-in.ts';
import type { ResolvedModule } from '../backends/module/settings.ts';
import type { Environment } from '../settings/vocabulary.ts';
import type { SettledGeneral } from './settings.ts';

/** General settings that become something else, or go into something else, below. */
export type Composed = 'preset' | 'environment' | 'resource' | 'ringBufferSize' | `service.${string}` | `overflow.${string}`;

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
  /** Number of this process in its cluster; undefined outside of one. */
  readonly clusterWorker: string | undefined;
  /** Bytes of each ring's data area. */
  readonly ringBytes: number;
  /** Share of a ring for each level rank. */
  readonly overflowShares: readonly number[];
  readonly backends: ResolvedBackends;
  /** What was ignored or changed, and what may not be meant: environment variables, settings without effect, records that go nowhere. */
  readonly warnings: readonly string[];
}
