/**
 * The audit file's sink: the worker's face of the trail. `success` means: the lines are on disk, and so is the file's name.
 *
 * Each batch is appended and then synced (fdatasync), before its slot of the outbox is given back; what comes meanwhile gathers in the outbox and
 * makes up the next batch, so the rate of syncs adapts to the disk. Thus what is not safe yet is still in the outbox, and after a sync that
 * failed nothing has to be remembered: the same batch is written again.
 */
import { LineSink } from '../files/line-sink.ts';
import { AuditTrail, type AuditTrailOptions } from './trail.ts';

export class AuditFileSink extends LineSink {
  constructor(options: AuditTrailOptions) {
    super(new AuditTrail(options));
  }
}
