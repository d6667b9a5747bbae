/** A byte destination over a bare lane, with the engine that empties it into a list of lines. */
import { openBareLane } from '../../bench/harness/bare-lane.ts';
import type { Outcome } from '../../src/contract/backend.ts';
import type { Sink } from '../../src/contract/sink.ts';
import { ByteDestination } from '../../src/delivery/byte-destination.ts';
import { DeliveryEngine } from '../../src/delivery/engine.ts';
import { LossMarks } from '../../src/delivery/loss-marks.ts';
import { Outbox, outboxBytes } from '../../src/delivery/outbox.ts';
import { senderOfSink } from '../../src/delivery/sender.ts';
import { AUDIT_RESERVE, Shares } from '../../src/delivery/shares.ts';
import type { Encoder } from '../../src/encoders/encoder.ts';
import { JsonLinesEncoder } from '../../src/encoders/json/lines.ts';
import type { BackendCounters } from '../../src/health/counters.ts';
import { type FramesOfLane, laneContextOf } from '../../src/read/frames-of-lane.ts';
import { LaneSource, ONE_DESTINATION } from '../../src/read/lane-source.ts';
import type { Lane } from '../../src/record.ts';
import { AnchoredClock } from '../../src/worker/wall-clock.ts';
import { ManualTimers } from '../outbox/manual-timers.ts';
import { freshCounters } from '../support/counters.ts';

export const clock = new AnchoredClock();

export interface DestinationOptions {
  readonly slotBytes?: number;
  readonly slots?: number;
  /** Stands around the encoder of JSON lines. */
  readonly around?: (encoder: Encoder, source: FramesOfLane) => Encoder;
}

export interface ByteDestinationParts {
  readonly sink: Sink;
  readonly counters: BackendCounters;
  readonly clock: AnchoredClock;
  readonly timers: ManualTimers;
  readonly shares: readonly number[];
  readonly slotBytes: number;
  readonly slots: number;
  readonly concurrency?: number;
  /** Stands around the encoder of JSON lines. */
  readonly around?: DestinationOptions['around'] | undefined;
}

/** A destination of JSON lines, from the encoder to the sink. */
export function byteDestinationOf(parts: ByteDestinationParts): ByteDestination {
  const { sink, counters, clock, timers, shares, slotBytes, slots, concurrency, around = (encoder: Encoder) => encoder } = parts;
  const queue = new Outbox(new SharedArrayBuffer(outboxBytes(slots * slotBytes, slotBytes)), slotBytes);
  const engine = new DeliveryEngine({
    queue,
    sender: senderOfSink(sink),
    counters,
    timers,
    ...(concurrency !== undefined && { concurrency }),
    onDelivered: (batch) => destination.onDelivered(batch),
    onGivenUp: (batch) => destination.onGivenUp(batch),
  });
  const destination = new ByteDestination({
    queue,
    engine,
    counters,
    marks: new LossMarks(counters, clock),
    makeEncoder: (source) => around(new JsonLinesEncoder(source, laneContextOf(source), 'run'), source),
    shares: new Shares(shares, AUDIT_RESERVE),
  });
  return destination;
}

/** Without a thread: `deliver` brings over what was logged, `answers` are those of the sink, success behind them. */
export function openDestination(answers: Outcome[], options: DestinationOptions = {}) {
  const { slotBytes = 4_096, slots = 4, around } = options;
  const timers = new ManualTimers();
  const counters = freshCounters();
  const lines: Record<string, unknown>[] = [];
  const sink: Sink = {
    async write({ bytes }) {
      const answer = answers.shift() ?? { status: 'success' };
      if (answer.status === 'success')
        lines.push(
          ...Buffer.from(bytes)
            .toString()
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line)),
        );
      return answer;
    },
    flush: async () => {},
    close: async () => {},
  };
  const shares = [0.4, 0.5, 0.75, 0.9, 1, 1];
  const destination = byteDestinationOf({ sink, counters, clock, timers, shares, slotBytes, slots, around });
  const lane = openBareLane();
  const sources = Object.fromEntries(
    (['logs', 'audit'] as const).map((name) => [name, new LaneSource(lane.producer.memory, name, ONE_DESTINATION, clock, 128)]),
  ) as Record<Lane, LaneSource>;
  const deliver = (name: Lane) => {
    const source = sources[name];
    while (source.scan() > 0) {
      destination.deliver(source, source.frames, source.count);
      source.release();
    }
  };
  const flush = async () => {
    const flushed = destination.flush(60_000);
    await timers.advance(60_000);
    return flushed;
  };
  return {
    timers,
    counters,
    lines,
    destination,
    log: lane.log,
    deliver,
    flush,
    marks: () => lines.filter(({ logger }) => logger === 'hft-otel'),
  };
}
