/** A byte destination over a bare lane, with the engine that empties it into a list of lines. */
import { openBareLane } from '../../bench/harness/bare-lane.ts';
import type { Outcome } from '../../src/contract/backend.ts';
import { ByteDestination } from '../../src/delivery/byte-destination.ts';
import { DeliveryEngine } from '../../src/delivery/engine.ts';
import { LossMarks } from '../../src/delivery/loss-marks.ts';
import { Outbox, outboxBytes } from '../../src/delivery/outbox.ts';
import { senderOfSink } from '../../src/delivery/sender.ts';
import { AUDIT_RESERVE, Shares } from '../../src/delivery/shares.ts';
import type { Encoder } from '../../src/encoders/encoder.ts';
import { JsonLinesEncoder } from '../../src/encoders/json/lines.ts';
import type { FramesOfLane } from '../../src/read/frames-of-lane.ts';
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

/** Without a thread: `deliver` brings over what was logged, `answers` are those of the sink, success behind them. */
export function openDestination(answers: Outcome[], options: DestinationOptions = {}) {
  const { slotBytes = 4_096, slots = 4, around = (encoder: Encoder) => encoder } = options;
  const timers = new ManualTimers();
  const counters = freshCounters();
  const lines: Record<string, unknown>[] = [];
  const outbox = new Outbox(new SharedArrayBuffer(outboxBytes(slots * slotBytes, slotBytes)), slotBytes);
  const engine = new DeliveryEngine({
    queue: outbox,
    sender: senderOfSink({
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
    }),
    counters,
    timers,
    onDelivered: (batch) => destination.onDelivered(batch),
    onGivenUp: (batch) => destination.onGivenUp(batch),
  });
  const destination = new ByteDestination({
    queue: outbox,
    engine,
    counters,
    marks: new LossMarks(counters, clock),
    makeEncoder: (source) => {
      const { lane, attributeLimit, tracker } = source;
      return around(new JsonLinesEncoder(source, { lane, clock, attributeLimit, sequenceOf: tracker.full }, 'run'), source);
    },
    shares: new Shares([0.4, 0.5, 0.75, 0.9, 1, 1], AUDIT_RESERVE),
  });
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
