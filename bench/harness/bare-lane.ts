/**
 * The caller's half alone: a producer whose rings nobody drains. `rewind` empties a ring in place, as a reader that is infinitely fast would.
 */

import type { HFTLogger } from '../../src/caller/api.ts';
import { LevelBoard } from '../../src/caller/level-board.ts';
import { makeProducer, type Producer } from '../../src/caller/producer.ts';
import { exchangeScope } from '../../src/caller/scopes.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import { openBlock } from '../../src/memory/block.ts';
import { allocateRun } from '../../src/memory/run.ts';
import { allocateSignals } from '../../src/memory/signals.ts';
import type { Lane } from '../../src/record.ts';
import { LEVELS } from '../../src/record.ts';
import { compileRedaction } from '../../src/redaction/redaction.ts';
import { WORD_HEAD, WORD_TAIL } from '../../src/ring/layout.ts';

export interface BareLane {
  readonly producer: Producer;
  readonly log: HFTLogger;
  /** Gives everything back to the producer. Only while `dictionary` has not turned: its half stays as it is. */
  rewind(lane: Lane): void;
  /** Moves the reader back to where the ring began, so that the same frames can be read again. */
  reread(lane: Lane): void;
}

/** `ringBufferSize`: records of 256 bytes, as in the configuration. */
export function openBareLane(ringBufferSize?: number): BareLane {
  const { config } = resolveConfig({ environment: 'production', ...(ringBufferSize !== undefined && { ringBufferSize }) }, {});
  const allocator = allocatorOf(SHARED_MEMORY);
  const signals = allocateSignals();
  const producer = makeProducer({
    settings: { ...config, shares: LEVELS.map(() => 1) },
    allocator,
    signals,
    run: allocateRun(allocator, ''),
    levels: new LevelBoard(signals, config),
    redaction: compileRedaction(config.redact),
    writeThrough: () => {
      throw new Error('The audit lane was full.');
    },
    onSeries: () => {},
    onMetricProblem: ({ message }) => {
      throw new Error(message);
    },
  });
  const control = (lane: Lane) => openBlock(producer.memory[lane].ring).words;
  return {
    producer,
    log: producer.logger(exchangeScope('mexc', 'private.ws')),
    rewind: (lane) => {
      const words = control(lane);
      Atomics.store(words, WORD_TAIL, Atomics.load(words, WORD_HEAD));
    },
    reread: (lane) => Atomics.store(control(lane), WORD_TAIL, 0),
  };
}
