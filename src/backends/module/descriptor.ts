/**
 * Descriptor of any backend of the user's own.
 */
import type { RecordBackend } from '../descriptor.ts';
import type { ResolvedModule } from './settings.ts';

const OWN = {
  takes: 'records',
  section: undefined,
  defaultRoutes: ['logs', 'audit'],
  inOrder: true,
  load: () => import('./open.ts'),
} as const;

export function moduleBackend(name: string): RecordBackend<string, undefined, ResolvedModule> {
  return { __proto__: null, name, ...OWN } as RecordBackend<string, undefined, ResolvedModule>;
}
