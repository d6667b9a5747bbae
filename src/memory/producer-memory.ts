/**
 * The memory that one producing thread writes, as it is announced to the worker.
 */
import type { Lane } from '../record.ts';
import { isOver, keepAccount } from '../ring/account.ts';
import { CONTROL_BYTES, FORMAT_VERSION, WORD_CLOSED, WORD_READER } from '../ring/layout.ts';
import { allocatorOf, SHARED_MEMORY } from './allocator.ts';
import { type BlockDescriptor, openBlock } from './block.ts';

/** Memory of one lane. */
export interface LaneMemory {
  readonly ring: BlockDescriptor;
  /** Undefined: nothing of the lane is left but its account, which stands in the ring's control block. */
  readonly dictionary: BlockDescriptor | undefined;
  /** What the thread keeps of records that are not written (codec/black-box.ts). Undefined: nothing. */
  readonly blackBox?: BlockDescriptor | undefined;
}

export interface ProducerMemory extends Readonly<Record<Lane, LaneMemory>> {
  /** Unique in the process. */
  readonly id: string;
  /** Blocks of the series table, the first and those it has grown by. */
  readonly series: readonly BlockDescriptor[];
  /** `service.instance.id` of the instance in whose count its audit numbers are, when another one reads it: that one's successor. */
  readonly auditInstanceId?: string;
}

const controlOf = ({ ring }: LaneMemory) => openBlock(ring).words;

/**
 * A lane that nothing can be written to or read from: an account alone. In memory of the process, also where its ring was mapped: no other process reads it.
 */
function accountAlone(): LaneMemory {
  const ring = allocatorOf(SHARED_MEMORY).allocate({ kind: 'ring', format: FORMAT_VERSION, bytes: CONTROL_BYTES }).descriptor;
  return { ring, dictionary: undefined };
}

/** The same producer without one of its lanes. The lane's account is kept. */
export function withoutLane(memory: ProducerMemory, lane: Lane): ProducerMemory {
  const kept = accountAlone();
  keepAccount(openBlock(memory[lane].ring).memory, openBlock(kept.ring).memory);
  return { ...memory, [lane]: kept };
}

/**
 * Makes the instance of this identity (memory/signals.ts) the reader of these rings, if no other one is. False: another one is. While one instance takes
 * another's place, both get the announcement of an ended thread that knows of neither.
 */
export function claimRings({ audit, auditInstanceId }: ProducerMemory, identity: number): boolean {
  // Rings that were passed on are claimed by another number: an old announcement of theirs must not claim them again.
  const reader = auditInstanceId === undefined ? identity : -identity;
  const found = Atomics.compareExchange(controlOf(audit), WORD_READER, 0, reader);
  return found === 0 || found === reader;
}

/** Whether an instance reads them. */
export function areRead({ audit }: ProducerMemory): boolean {
  return Atomics.load(controlOf(audit), WORD_READER) !== 0;
}

/** A producer's rings without its metrics, as another producer that the next instance can claim. Its last reader must have stopped. */
export function passedOn(memory: ProducerMemory, auditInstanceId: string): ProducerMemory {
  Atomics.store(controlOf(memory.audit), WORD_READER, 0);
  return { auditInstanceId, ...memory, id: `${memory.id}-left`, series: [] };
}

/** A lane with nothing but its account: nobody writes to it, and nothing is left in it. */
const isAccountAlone = ({ dictionary }: LaneMemory) => dictionary === undefined;

/** Whether nobody writes records to it any more: its producer has ended, or it never had rings. */
export function isClosed({ logs, audit }: ProducerMemory): boolean {
  return [logs, audit].every((lane) => isAccountAlone(lane) || Atomics.load(controlOf(lane), WORD_CLOSED) === 1);
}

/** Whether its producer has ended and its rings are empty. */
export function isDrained(memory: ProducerMemory): boolean {
  return [memory.logs, memory.audit].every((lane) => isAccountAlone(lane) || isOver(controlOf(lane)));
}

/** Marks its producer as ended. For a thread that was terminated, which could not do so. */
export function closeRings({ logs, audit }: ProducerMemory): void {
  for (const lane of [logs, audit]) Atomics.store(controlOf(lane), WORD_CLOSED, 1);
}

/** A producer that has no rings and no metrics. */
export function withoutRings(id: string): ProducerMemory {
  return seriesOf(id, []);
}

/** A producer that has metrics alone: handles that are bound to its series go on counting when another instance has taken its place. */
export function seriesOf(id: string, series: readonly BlockDescriptor[]): ProducerMemory {
  return { id, logs: accountAlone(), audit: accountAlone(), series };
}
