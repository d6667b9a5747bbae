/** Two threads share the words of a flush: another may write between any two readings of one. */
import { afterEach, expect, test } from 'vitest';
import { FlushAnswerer, FlushAsker } from '../../src/memory/flush.ts';
import { allocateSignals } from '../../src/memory/signals.ts';
import { Deadline } from '../../src/time/deadline.ts';

const { load } = Atomics;
afterEach(() => {
  Atomics.load = load;
});

/** Calls `run` right behind the reading of that number, from 0 on. */
function behindReading(number: number, run: () => void): void {
  let readings = 0;
  Atomics.load = ((words: Int32Array, index: number) => {
    const value = load(words, index);
    if (readings++ === number) {
      Atomics.load = load;
      run();
    }
    return value;
  }) as typeof load;
}

test.each([0, 1, 2, 3, 4, 5])(
  'a flush that is asked for behind reading %i of a look is noticed, by this look or by the next',
  async (reading) => {
    const signals = allocateSignals().words;
    const answerer = new FlushAnswerer(signals, 1_000);
    const asker = new FlushAsker(signals);
    let asked: Promise<boolean> | undefined;
    const ask = () => {
      asked = asker.flush(Deadline.in(10_000));
    };
    behindReading(reading, ask);
    const looks = Array.from({ length: 8 }, () => answerer.notice());
    expect(looks.filter((isNew) => isNew)).toEqual([true]);
    answerer.answer(answerer.next()!, true);
    expect(await asked).toBe(true);
    expect(answerer.next()).toBeUndefined();
  },
);
