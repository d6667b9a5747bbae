/**
 * The audit trail on the caller's thread, where no worker uses it any more: its tree goes on.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import { type RunIdentity, runTreeSettings } from './run-tree/settings.ts';
import { AuditTrail, type AuditTrailOptions } from './trail.ts';

export interface TrailMemory {
  readonly run: BlockDescriptor;
  readonly runIdentity: RunIdentity;
}

export function openCallersTrail(
  target: AuditTrailOptions['target'],
  config: ResolvedConfig,
  { run, runIdentity }: TrailMemory,
  events: Pick<AuditTrailOptions, 'onReopen' | 'onWarning' | 'receipts'> = {},
): AuditTrail {
  return new AuditTrail({
    target,
    memory: openBlock(run),
    run: runIdentity.run,
    tree: runTreeSettings(config, runIdentity),
    // Node's permission model allows this thread no sync.
    waitsForDisk: true,
    ...events,
  });
}
