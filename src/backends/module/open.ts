/**
 * Opens a backend of the user's own.
 */
import type { OpenedObjects, RecordTools } from '../opening.ts';
import { ModuleBackend } from './module.ts';
import type { ResolvedModule } from './settings.ts';

export function open({ module, options }: ResolvedModule, { name, resource, runForeign, onFailed }: RecordTools): OpenedObjects {
  const backend = new ModuleBackend({ module, options, context: { name, resource }, runForeign });
  void backend.problem.then((problem) => {
    if (problem !== undefined) onFailed(problem);
  });
  return { backend };
}
