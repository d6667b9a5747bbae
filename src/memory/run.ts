/**
 * The block of a run: facts about one `service.instance.id` in one process. No thread waits on its words, so it may lie in mapped memory.
 *
 * Instances that replace each other under the same id have one run: their audit events are one count.
 */
import type { Allocator } from './allocator.ts';
import type { Block } from './block.ts';

/** i32: last audit number given out, low 32 bits; all threads take theirs here with Atomics.add. */
export const RUN_AUDIT_SEQUENCE = 0;

/** Index of an i64, nanoseconds: the offset from the monotonic clock to Unix time, by the worker; 0 before the first worker has booted. */
export const RUN_CLOCK_OFFSET_INDEX = 4;

/** Index of an i64: the audit file that is written now; see audit/current-file.ts. */
export const RUN_AUDIT_FILE_INDEX = 6;
/** Two i32: callers that are writing into it and into the one before. */
export const RUN_AUDIT_GUESTS = 14;

/** i32: byte length of the `service.instance.id`, UTF-8. */
const RUN_ID_LENGTH = 16;
/** i32: a random number of this start of the process. */
const RUN_START = 17;
/** i32: 1 where the id was configured: such an id comes again with the next start, so the run is named after both. */
const RUN_IS_NAMED_BY_START = 18;
/** i32: a number of the thread that is storing a state of the audit tree; 0: nobody. */
export const RUN_TREE_LOCK = 24;
/** i32: states of the tree stored so far; its lowest bit says which of the two areas holds the newest. */
export const RUN_TREE_VERSION = 25;

const RUN_ID_OFFSET_BYTES = 128;
/** A configured id may be any text. A longer one is cut; only a process that finds the memory reads it here. */
const RUN_ID_MAX_BYTES = 896;

/** Two areas for states of the tree over the run's audit lines; see audit/run-tree/state.ts. */
export const RUN_TREE_OFFSET_BYTES = 1024;
export const RUN_TREE_BYTES = 2048;

/** Two doubles for each witness of the tree; see audit/witness/board.ts. */
export const RUN_WITNESS_OFFSET_BYTES = RUN_TREE_OFFSET_BYTES + 2 * RUN_TREE_BYTES;
export const MOST_WITNESSES = 8;

/** Doubles that say how well the clock is known; see clock/clock-board.ts. */
export const RUN_CLOCK_STATUS_OFFSET_BYTES = RUN_WITNESS_OFFSET_BYTES + MOST_WITNESSES * 16;
export const RUN_CLOCK_STATUS_BYTES = 64;

const RUN_BYTES = RUN_CLOCK_STATUS_OFFSET_BYTES + RUN_CLOCK_STATUS_BYTES;
const RUN_FORMAT = 3;

/** `instanceId`: `service.instance.id`; empty while there is no configuration. */
export function allocateRun(allocator: Allocator, instanceId: string): Block {
  const block = allocator.allocate({ kind: 'run', format: RUN_FORMAT, bytes: RUN_BYTES });
  const area = block.bytes.subarray(RUN_ID_OFFSET_BYTES, RUN_ID_OFFSET_BYTES + RUN_ID_MAX_BYTES);
  block.words[RUN_ID_LENGTH] = new TextEncoder().encodeInto(instanceId, area).written;
  return block;
}

export function instanceIdOf(run: Block): string {
  const length = run.words[RUN_ID_LENGTH];
  return Buffer.from(run.memory, RUN_ID_OFFSET_BYTES, length).toString();
}

/** To be called once, before any thread writes. */
export function nameRun({ words }: Block, start: number, isInstanceIdGiven: boolean): void {
  words[RUN_START] = start;
  words[RUN_IS_NAMED_BY_START] = isInstanceIdGiven ? 1 : 0;
}

/** `start`: eight hexadecimal digits. `run`: the member `run` of its audit lines, different for any two runs. */
export function runNameOf(run: Block): { readonly start: string; readonly run: string } {
  const start = (run.words[RUN_START] >>> 0).toString(16).padStart(8, '0');
  const id = instanceIdOf(run);
  return { start, run: run.words[RUN_IS_NAMED_BY_START] === 1 ? `${id}/${start}` : id };
}

/** The offset from the monotonic clock to Unix time; 0n before the first worker has stored it. */
export function clockOffsetOf(run: Block): bigint {
  return Atomics.load(run.nanos, RUN_CLOCK_OFFSET_INDEX);
}

/** Audit events numbered so far, low 32 bits. */
export function lastAuditSequence(run: Block): number {
  return Atomics.load(run.words, RUN_AUDIT_SEQUENCE) >>> 0;
}
