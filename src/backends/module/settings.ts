/**
 * Settings of a backend of the user's own, checked.
 */
import type { Level } from '../../record.ts';

export interface ResolvedModule {
  readonly name: string;
  readonly enabled: boolean;
  readonly level: Level;
  readonly failover: readonly string[];
  readonly module: string;
  readonly options: unknown;
}
