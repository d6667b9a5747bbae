/**
 * Frames carry the low half of their number. A worker that takes over from one that has died must know the other half.
 */
import { expect, test } from 'vitest';
import { openBareLane } from '../../bench/harness/bare-lane.ts';
import { decodeFrame } from '../../src/codec/decode.ts';
import { openBlock } from '../../src/memory/block.ts';
import { LaneSource, ONE_DESTINATION } from '../../src/read/lane-source.ts';
import { F64_SEQUENCE_TOTAL, WORD_SEQUENCE } from '../../src/ring/layout.ts';
import { AnchoredClock } from '../../src/worker/wall-clock.ts';

test.each([0, 2 ** 31, 2 ** 32 - 2, 2 ** 33 + 7, 2 ** 40])('a successor goes on with the numbers after %d records', (before) => {
  const { producer, log } = openBareLane();
  openBlock(producer.memory.logs.ring).doubles[F64_SEQUENCE_TOTAL] = before - (before % 2 ** 32);
  openBlock(producer.memory.logs.ring).words[WORD_SEQUENCE] = before % 2 ** 32;
  for (let i = 0; i < 5; i++) log.info('tick');
  const source = new LaneSource(producer.memory, 'logs', ONE_DESTINATION, new AnchoredClock(), 128);
  source.scan();
  const numbers = [...source.frames.subarray(0, source.count)].map(
    (frame) => decodeFrame(source, frame, source.decodeContext()).sequence,
  );
  expect(numbers).toEqual([1, 2, 3, 4, 5].map((i) => before + i));
});
