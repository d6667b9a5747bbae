/**
 * The highest rate that one live producer may offer with nothing lost, counted at the far end: the time runs until the last record has arrived there.
 *
 * `file`: JSON lines onto recycled page cache: files of 64 MiB, each deleted by another process when it is set aside, so that the kernel gets its pages
 * back and the next file is written to pages that were used before. What new pages cost is the case `file/fresh-pages`.
 * `http`: OTLP protobuf over loopback to a server in another process that reads, counts and discards.
 */
import { prove, runCase } from '../harness/case.ts';
import { nanos } from '../harness/clock.ts';
import { collectorEnd, fileEnd } from '../harness/far-end.ts';
import { offer } from '../harness/offer.ts';
import { openPipeline } from '../harness/pipeline.ts';
import { highestHeld, type Trial } from '../harness/search.ts';
import { WORKLOADS } from '../workloads.ts';

/** A ring of 25 MB: some 100 ms of these rates, so that a worker which the machine leaves out for a moment loses nothing. */
const RING_BUFFER_SIZE = 100_000;

/** What is still under way when the last call is made may take this share of the time: a rate that lives on its buffers is not held. */
const TAIL_SHARE = 0.05;
const TAIL_SECONDS = 0.02;

/** `gatherSeconds`: how long the last records wait for more before they are sent (`requestIntervalMillis`). */
const CASES: Readonly<Record<string, { readonly name: string; readonly target: number; readonly gatherSeconds: number }>> = {
  file: { name: 'one live producer → JSON file, nothing lost', target: 3_000_000, gatherSeconds: 0 },
  http: { name: 'one live producer → OTLP over loopback HTTP, nothing lost', target: 2_000_000, gatherSeconds: 0.1 },
};

interface Held extends Trial {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

await runCase(async ({ parameter, directory, effort, byEffort }) => {
  const { name, target, gatherSeconds } = CASES[parameter];
  const farEnd = parameter === 'file' ? fileEnd(directory) : await collectorEnd();
  const pipeline = await openPipeline(directory, { ringBufferSize: RING_BUFFER_SIZE, backends: farEnd.backends });
  const run = WORKLOADS.four.bind(pipeline.log);
  const lost = () => {
    const { lanes, backends } = pipeline.logging.health();
    return lanes.logs.droppedTotal + backends[farEnd.backend].droppedTotal;
  };

  let made = 0;
  const attempt = async (callsPerSecond: number, seconds: number): Promise<Held> => {
    // Brings the mark of what the trial before has lost: it is a record too, and not one of this trial's.
    await pipeline.logging.flush();
    await farEnd.mark();
    const from = made;
    const lostBefore = lost();
    const start = nanos();
    const offered = offer(run, from, { callsPerSecond, seconds, givenUp: () => lost() > lostBefore });
    made += offered.calls;
    await pipeline.settle();
    const whole = (nanos() - start) / 1e9;
    const inTime = offered.seconds <= seconds * 1.02 && whole <= seconds * (1 + TAIL_SHARE) + TAIL_SECONDS + gatherSeconds;
    return { held: inTime && lost() === lostBefore, callsPerSecond, from, to: made, seconds: whole };
  };

  const warmUp = await attempt(byEffort(50_000, 200_000), byEffort(0.2, 1)); // compiles what is hot, on both sides
  const held = effort === 'smoke' ? warmUp : await highestHeld(attempt, { trialSeconds: 0.4, holdSeconds: byEffort(0, 2, 10) });
  if (held === undefined) throw new Error('No rate was held: the machine is too busy for this case.');
  const calls = held.to - held.from;
  const proof = [
    prove(calls > 0, `${calls} calls in ${held.seconds.toFixed(2)} s, none lost`),
    await farEnd.prove(held.from, held.to, WORKLOADS.four.expected),
  ];
  await pipeline.close();
  farEnd.stop();
  const note = `held ${held.seconds.toFixed(1)} s; seed: 859,598/s`;
  return { figures: [{ name, unit: 'records/s', better: 'higher', samples: [calls / held.seconds], target, note }], proof };
});
