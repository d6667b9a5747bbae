/**
 * The outboxes of an instance, by backend and lane.
 */
import type { BlockDescriptor } from '../memory/block.ts';
import type { Lane } from '../record.ts';

export interface OutboxMemory {
  readonly backend: string;
  /** Absent: for both lanes. */
  readonly lane?: Lane;
  readonly memory: BlockDescriptor;
  /** Bytes of its slots. */
  readonly slotBytes: number;
}

/** The outbox of a backend, and of one lane if it splits them. Undefined for a backend that takes objects. */
export function outboxOf(outboxes: readonly OutboxMemory[], backend: string, lane?: Lane): OutboxMemory | undefined {
  return outboxes.find((each) => each.backend === backend && each.lane === lane);
}
