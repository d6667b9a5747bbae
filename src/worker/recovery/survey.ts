/**
 * What a recovery would lose of a dead run, found before anything of it is taken. Rings are read in copies, because reading releases what was read.
 */
import { BlackBoxRing } from '../../codec/black-box.ts';
import type { Destination } from '../../delivery/destination.ts';
import { Outbox } from '../../delivery/outbox.ts';
import { recordsOf } from '../../health/tally.ts';
import { allocatorOf, SHARED_MEMORY } from '../../memory/allocator.ts';
import { type BlockDescriptor, openBlock } from '../../memory/block.ts';
import type { ProducerMemory } from '../../memory/producer-memory.ts';
import { LaneSource, type Routes } from '../../read/lane-source.ts';
import type { Lane } from '../../record.ts';
import type { DeadLane, DeadRun } from '../../recovery/dead-run.ts';
import type { Routes as RouterRoutes } from '../../router/rules.ts';
import { writerOf } from './dead-lane.ts';

export interface Survey {
  /** Records that are in rings, black boxes and outboxes. */
  readonly records: number;
  /** Of these, records that would go to no backend although no rule drops them on purpose. */
  readonly unrouted: number;
  /** Of these, records that were encoded for backends that there are not. */
  readonly withoutBackend: number;
}

export interface SurveyParts {
  readonly routes: Pick<RouterRoutes, 'maskFor' | 'isDropped'>;
  readonly destinationOf: (backend: string) => Destination | undefined;
}

export function surveyOf({ lanes, outboxes }: DeadRun, { routes, destinationOf }: SurveyParts): Survey {
  const inRings = lanes.map((lane) => surveyOfLane(lane, routes));
  let [encoded, withoutBackend] = [0, 0];
  for (const { backend, memory } of outboxes) {
    const records = recordsOf(new Outbox(memory).waiting);
    encoded += records;
    if (destinationOf(backend)?.adopt === undefined) withoutBackend += records;
  }
  const sum = (of: (each: (typeof inRings)[number]) => number) => inRings.reduce((total, each) => total + of(each), 0);
  return { records: sum(({ records }) => records) + encoded, unrouted: sum(({ unrouted }) => unrouted), withoutBackend };
}

function surveyOfLane(dead: DeadLane, { maskFor, isDropped }: SurveyParts['routes']): Omit<Survey, 'withoutBackend'> {
  const { lane } = dead;
  const producer = copyOf(dead.producer, lane);
  const asked: Routes = {
    maskFor: (...record) => maskFor(...record) || (isDropped(...record) ? 1 : 0),
    // Marks of losses are no records.
    maskForAny: () => 1,
  };
  let unrouted = 0;
  const source = new LaneSource(producer, lane, asked, { offsetNanos: 0n }, Number.POSITIVE_INFINITY, {
    onUnrouted: (records) => {
      unrouted += recordsOf(records);
    },
  });
  const before = source.released;
  const readAll = () => {
    while (source.scan() > 0) source.release();
  };
  readAll();
  const box = producer[lane].blackBox && new BlackBoxRing(openBlock(producer[lane].blackBox).memory);
  if (box !== undefined && box.half === source.definitions.half) {
    const writer = writerOf(producer, lane, () => 0n);
    while (box.moveTo(writer, (units) => writer.claimAside(units), false) > 0) readAll();
  }
  return { records: (source.released - before) | 0, unrouted };
}

function copyOf(producer: ProducerMemory, lane: Lane): ProducerMemory {
  const { ring, dictionary, blackBox } = producer[lane];
  const copied = { ring: copy(ring), dictionary: dictionary && copy(dictionary), blackBox: blackBox && copy(blackBox) };
  return { ...producer, [lane]: copied };
}

function copy(descriptor: BlockDescriptor): BlockDescriptor {
  const { kind, format, bytes } = descriptor;
  const made = allocatorOf(SHARED_MEMORY).allocate({ kind, format, bytes });
  made.bytes.set(openBlock(descriptor).bytes);
  return made.descriptor;
}
