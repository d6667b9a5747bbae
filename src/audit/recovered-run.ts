/**
 * The tree over the audit lines of a run whose process is dead goes on where it stood: over lines that were written and not taken into it, and those that a recovery
 * has appended. Its last checkpoint ends the run.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import type { Block } from '../memory/block.ts';
import { instanceIdOf, runNameOf } from '../memory/run.ts';
import { runTreeSettings } from './run-tree/settings.ts';
import { AuditTrail } from './trail.ts';

/** `run`: the dead run's block. Its events must be on disk. Does not throw: a problem with a file is a warning. */
export function endRecoveredTree(config: ResolvedConfig, run: Block, onWarning: (message: string) => void): void {
  const { audit: target } = config.backends;
  if (!target.enabled) return;
  const names = runNameOf(run);
  const tree = runTreeSettings(config, { instanceId: instanceIdOf(run), ...names, trail: '' });
  new AuditTrail({ target, memory: run, run: names.run, tree, waitsForDisk: true, onWarning }).endSync();
}
