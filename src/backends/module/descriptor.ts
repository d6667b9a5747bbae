/**
 * Backends of the user's own: what holds for any of them, whatever its name.
 */
import type { Level } from '../../record.ts';
import type { RecordBackend } from '../descriptor.ts';

export interface ResolvedModule {
  readonly name: string;
  readonly enabled: boolean;
  readonly level: Level;
  readonly module: string;
  readonly options: unknown;
}

export function moduleBackend(name: string): RecordBackend<string, undefined, ResolvedModule> {
  return {
    __proto__: null,
    takes: 'records',
    name,
    section: undefined,
    defaultRoutes: ['logs', 'audit'],
    inOrder: true,
  } as RecordBackend<string, undefined, ResolvedModule>;
}
