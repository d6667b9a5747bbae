/**
 * The block of a run: what is true of one `service.instance.id` in one process. Nobody waits on its words, so it may lie in mapped memory.
 *
 * Instances that take each other's place under the same id have one run: their audit events are one count.
 */
import type { Allocator } from './allocator.ts';
import type { Block } from './block.ts';

/** i32: last audit number given out, low 32 bits; all threads take theirs here with Atomics.add. */
export const RUN_AUDIT_SEQUENCE = 0;

/** Index of an i64, nanoseconds: what the worker adds to the monotonic clock to get Unix time; 0 before the first worker has booted. */
export const RUN_CLOCK_OFFSET_INDEX = 4;

/** i32: byte length of the `service.instance.id`, UTF-8. */
const RUN_ID_LENGTH = 16;
const RUN_ID_OFFSET_BYTES = 128;
/** An id of a user's own may be any text; what is longer is cut, and only a process that finds the memory reads it here. */
const RUN_ID_MAX_BYTES = 896;

const RUN_BYTES = 1024;
const RUN_FORMAT = 1;

/** `instanceId`: `service.instance.id`; empty while there is no configuration. */
export function allocateRun(allocator: Allocator, instanceId: string): Block {
  const block = allocator.allocate({ kind: 'run', format: RUN_FORMAT, bytes: RUN_BYTES });
  const area = block.bytes.subarray(RUN_ID_OFFSET_BYTES, RUN_ID_OFFSET_BYTES + RUN_ID_MAX_BYTES);
  block.words[RUN_ID_LENGTH] = new TextEncoder().encodeInto(instanceId, area).written;
  return block;
}

export function instanceIdOf(run: Block): string {
  const length = run.words[RUN_ID_LENGTH];
  // A copy: TextDecoder refuses shared memory.
  return new TextDecoder().decode(run.bytes.slice(RUN_ID_OFFSET_BYTES, RUN_ID_OFFSET_BYTES + length));
}

/** Audit events numbered so far, low 32 bits. */
export function lastAuditSequence(run: Block): number {
  return Atomics.load(run.words, RUN_AUDIT_SEQUENCE) >>> 0;
}
