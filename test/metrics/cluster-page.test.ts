/**
 * The metrics of several processes as one page: the sum, and by process.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EndedWorkers, type InstanceFamilies } from '../../src/backends/prometheus/ended-workers.ts';
import { Families, type Family } from '../../src/backends/prometheus/families.ts';
import type { HistogramValue } from '../../src/backends/prometheus/histogram-value.ts';
import { pageText } from '../../src/backends/prometheus/text.ts';
import { byWorker, sumOfWorkers, type WorkerFamilies } from '../../src/backends/prometheus/workers.ts';
import { bucketOf, type ExemplarContext } from '../../src/series/exemplars.ts';
import { temporaryFolder } from '../support/child.ts';
import { parseExposition } from './support/exposition.ts';
import { sourceOf } from './support/page.ts';
import { rig } from './support/rig.ts';

/** What one process has recorded: `orders` and `depth` are names without an end that OpenMetrics wants. */
const recordings = fc.array(
  fc.record({
    name: fc.constantFrom('orders_total', 'orders', 'place_duration_us', 'depth'),
    tag: fc.oneof(
      fc.constantFrom('', 'mexc', 'a "b" \\ {c}\n, le="5" 7', '"} 3\n# EOF\n', ' # {trace_id="0"} 1', 'cluster_worker="1"'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    value: fc.integer({ min: 1, max: 1_000_000 }),
  }),
  { maxLength: 20 },
);
type Recordings = readonly { readonly name: string; readonly tag: string; readonly value: number }[];

async function familiesOf(recorded: Recordings): Promise<Families> {
  let context: ExemplarContext | undefined;
  const made = rig({ exemplarContext: () => context });
  for (const [index, { name, tag, value }] of recorded.entries()) {
    const tags = tag === '' ? {} : { exchange: tag };
    context = { timeMillis: index, ids: new Int32Array(6) };
    if (name.startsWith('orders')) made.meter.counter(name, value, tags);
    else made.meter.metric(name, value, tags);
  }
  return sourceOf(made.collector).families();
}

/** As it comes from another process. */
function sent(families: Families): Families {
  return Families.fromJson(JSON.parse(JSON.stringify(families)));
}

async function workersOf(processes: readonly Recordings[]): Promise<WorkerFamilies[]> {
  return Promise.all(
    processes.map(async (recorded, worker) => ({ worker: `w"${worker}`, families: sent(await familiesOf(recorded)) })),
  );
}

const isOfProcess = (series: string) => /^(?:depth|target_info)/.test(series);
const samplesOf = (families: Families) => parseExposition(pageText(families)).samples;
const withoutGauges = (samples: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(samples).filter(([series]) => !isOfProcess(series)));

test('the sum of processes is what one process has that recorded all of it; gauges and infos stay with each process', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(recordings, { minLength: 1, maxLength: 4 }), async (processes) => {
      const workers = await workersOf(processes);
      const summed = samplesOf(sumOfWorkers(workers));
      expect(withoutGauges(summed)).toEqual(withoutGauges(samplesOf(await familiesOf(processes.flat()))));
      const gauges = workers.flatMap(({ families }) => Object.keys(samplesOf(families)).filter(isOfProcess));
      const ofProcesses = Object.keys(summed).filter(isOfProcess);
      expect(ofProcesses).toHaveLength(gauges.length);
      for (const series of ofProcesses) expect(series).toMatch(/cluster_worker="w\\"\d"/);
    }),
    { numRuns: 60 },
  );
});

test('by process the page has every line of each, with its label', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(recordings, { minLength: 1, maxLength: 3 }), async (processes) => {
      const workers = await workersOf(processes);
      const series = Object.keys(samplesOf(byWorker(workers)));
      expect(series).toHaveLength(workers.flatMap(({ families }) => Object.keys(samplesOf(families))).length);
      for (const each of series) expect(each).toMatch(/cluster_worker="w\\"\d"/);
    }),
    { numRuns: 30 },
  );
});

test('in OpenMetrics the sum has the same lines as in the text format, exemplars beside them, and one end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(recordings, { minLength: 1, maxLength: 3 }), async (processes) => {
      const summed = sumOfWorkers(await workersOf(processes));
      const open = pageText(summed, 'openmetrics').split('\n');
      expect(open.slice(-2)).toEqual(['# EOF', '']);
      const samples = (lines: readonly string[]) => lines.filter((line) => line !== '' && !line.startsWith('#'));
      const withoutExemplar = (line: string) =>
        line.includes('_bucket{') ? line.replace(/ # \{trace_id="[^"]*",.*$/, '') : line;
      expect(samples(open).map(withoutExemplar)).toEqual(samples(pageText(summed).split('\n')));
      const types = open.filter((line) => line.startsWith('# TYPE '));
      const names = types.map((line) => line.split(' ')[2]!);
      expect(new Set(names).size).toBe(names.length);
      for (const type of types)
        expect(['# TYPE orders counter', '# TYPE orders unknown', '# TYPE orders_total unknown'].includes(type)).toBe(
          type.includes(' orders'),
        );
    }),
    { numRuns: 60 },
  );
});

describe('histograms', () => {
  const MEASUREMENTS = fc.array(
    fc.record({ value: fc.integer({ min: 0, max: 120 }), timeMillis: fc.integer({ min: 0, max: 1e6 }) }),
    { maxLength: 12 },
  );
  const BOUNDS = fc.constantFrom<number[]>([1, 10, 100], [5, 10], [], [1, 10, 100, 110], [0.5]);
  const ONE = fc.record({ bounds: BOUNDS, measured: MEASUREMENTS });
  type One = typeof ONE extends fc.Arbitrary<infer Value> ? Value : never;

  /** The newest measurement of each bucket is its exemplar. */
  function histogramOf({ bounds, measured }: One): HistogramValue {
    const counts = new Array<number>(bounds.length + 1).fill(0);
    for (const { value } of measured) counts[bucketOf(bounds, value)]!++;
    return {
      buckets: { boundaries: bounds, counts },
      count: measured.length,
      sum: measured.reduce((sum, { value }) => sum + value, 0),
      exemplars: newest(
        bounds,
        measured.map((each) => ({ ...each, bucket: 0 })),
      ),
    };
  }

  function newest(bounds: readonly number[], all: NonNullable<HistogramValue['exemplars']>) {
    return [...bounds, Number.POSITIVE_INFINITY].flatMap((_, bucket) => {
      const [last] = all
        .filter(({ value }) => bucketOf(bounds, value) === bucket)
        .sort((left, right) => right.timeMillis - left.timeMillis);
      return last === undefined ? [] : [{ ...last, bucket }];
    });
  }

  function familyOf(value: HistogramValue): WorkerFamilies {
    const families = new Families();
    families.add({ name: 'd', type: 'histogram', help: '', samples: [['', value]] });
    return { worker: undefined, families: sent(families) };
  }

  const summed = (values: readonly HistogramValue[]): HistogramValue => {
    const [family] = [...sumOfWorkers(values.map(familyOf))] as [Family];
    return family.samples.get('') as HistogramValue;
  };
  const upTo = ({ buckets }: HistogramValue, bound: number) =>
    buckets.counts.reduce((sum, count, i) => sum + ((buckets.boundaries[i] ?? Number.POSITIVE_INFINITY) <= bound ? count : 0), 0);

  test('of any bounds are added with what is certain to be below each bound, and the newest exemplar of each bucket stays', () => {
    fc.assert(
      fc.property(fc.array(ONE, { minLength: 1, maxLength: 4 }), (processes) => {
        const values = processes.map(histogramOf);
        const sum = summed(values);
        const bounds = [...new Set(processes.flatMap((each) => each.bounds))].sort((left, right) => left - right);
        expect(sum.buckets.boundaries).toEqual(bounds);
        for (const bound of [...bounds, Number.POSITIVE_INFINITY])
          expect(upTo(sum, bound)).toBe(values.reduce((all, value) => all + upTo(value, bound), 0));
        const measured = processes.flatMap((each) => each.measured);
        expect([sum.count, sum.sum]).toEqual([measured.length, measured.reduce((all, { value }) => all + value, 0)]);
        const offered = values.flatMap(({ exemplars }) => exemplars!);
        const timesOf = (exemplars: HistogramValue['exemplars'] = []) =>
          exemplars.map(({ bucket, timeMillis }) => `${bucket} ${timeMillis}`).sort();
        for (const { bucket, value } of sum.exemplars ?? []) expect(bucket).toBe(bucketOf(bounds, value));
        // Finer bounds that come later find some of the exemplars replaced; the newest of all is always there.
        const areAlike = processes.every((each) => each.bounds.length === bounds.length);
        if (areAlike) expect(timesOf(sum.exemplars)).toEqual(timesOf(newest(bounds, offered)));
        else if (offered.length > 0)
          expect(Math.max(...(sum.exemplars ?? []).map(({ timeMillis }) => timeMillis))).toBe(
            Math.max(...offered.map(({ timeMillis }) => timeMillis)),
          );
        // Whoever has the port: the order of the processes does not matter.
        const reversed = summed(values.toReversed());
        expect([reversed.buckets, reversed.count, reversed.sum]).toEqual([sum.buckets, sum.count, sum.sum]);
        if (areAlike) expect(timesOf(reversed.exemplars)).toEqual(timesOf(sum.exemplars));
      }),
      { numRuns: 200 },
    );
  });

  test('whose sum is not known have a sum that is not known', () => {
    const value = histogramOf({ bounds: [1], measured: [{ value: 1, timeMillis: 1 }] });
    expect(samplesOf(sumOfWorkers([familyOf(value), familyOf({ ...value, sum: undefined })]))).toMatchObject({
      d_sum: 'NaN',
      d_count: '2',
    });
  });
});

test('values that JSON has not are the same on the page of another process', () => {
  const families = new Families();
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -0.1];
  families.add({ name: 'g', type: 'gauge', help: '"x"\n', samples: values.map((value, i) => [`n="${i}"`, value]) });
  for (const format of ['text', 'openmetrics'] as const)
    expect(pageText(sent(families), format)).toBe(pageText(families, format));
});

test('a name of two types, or of two metrics’ samples, is on no page twice: the first process’s is, and the other is reported', () => {
  const families = (name: string, type: Family['type'], value: number | HistogramValue) => {
    const made = new Families();
    made.add({ name, type, help: '', samples: [['', value]] });
    return made;
  };
  const one = { worker: '1', families: families('a_count', 'counter', 1) };
  const histogram = { buckets: { boundaries: [], counts: [1] }, count: 1, sum: 1 };
  for (const other of [families('a_count', 'gauge', 2), families('a', 'histogram', histogram)]) {
    const conflicts: string[] = [];
    const workers = [one, { worker: '2', families: other }];
    expect(samplesOf(sumOfWorkers(workers, (name) => conflicts.push(name)))).toEqual({ a_count: '1' });
    expect(samplesOf(byWorker(workers))).toEqual({ 'a_count{cluster_worker="1"}': '1' });
    expect(conflicts).toEqual([[...other][0]!.name]);
  }
});

describe('what ended processes had counted', () => {
  /** No process has it: ids have up to 22 bits. */
  const DEAD = 2 ** 22 + 1;
  const counted = (value: number) => {
    const families = new Families();
    families.add({ name: 'a_total', type: 'counter', help: 'x', samples: [['', value]] });
    families.add({ name: 'g', type: 'gauge', help: 'x', samples: [['', 1]] });
    return families;
  };
  const answer = (pid: number, value: number, name = 'a', generation = 0) => ({
    instance: { pid, name, generation },
    families: counted(value),
  });
  const answers = (pids: Readonly<Record<number, number>>) =>
    Object.entries(pids).map(([pid, value]) => answer(Number(pid), value));
  /** What the page has beside the answers. */
  const besides = (kept: EndedWorkers, present: readonly InstanceFamilies[]) =>
    samplesOf(sumOfWorkers(kept.update(kept.present(present)).map((families) => ({ worker: undefined, families }))));

  function ended(): { path: string; open: () => EndedWorkers } {
    const folder = temporaryFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const path = join(folder.path, 'ended.json');
    return { path, open: () => new EndedWorkers(path) };
  }

  test('is added once a process is gone, without its gauges, and inherited with the port', () => {
    const { open } = ended();
    const first = open();
    expect(besides(first, answers({ [DEAD]: 5, [process.pid]: 1 }))).toEqual({});
    first.keep();
    // The process that had the port is gone now.
    const second = open();
    second.inherit();
    expect(besides(second, answers({ [process.pid]: 2 }))).toEqual({ a_total: '5' });
    second.close(answer(DEAD + 1, 7), false);
    expect(besides(second, answers({ [process.pid]: 3 }))).toEqual({ a_total: '12' });
    expect(besides(second, answers({ [process.pid]: 3 }))).toEqual({ a_total: '12' });
  });

  test('is what it sent when it closed, also when an older answer of it comes in later', () => {
    const kept = ended().open();
    kept.close(answer(DEAD, 9), false);
    const all = answers({ [DEAD]: 5, [process.pid]: 1 });
    expect(kept.present(all)).toHaveLength(1);
    expect(besides(kept, all)).toEqual({ a_total: '9' });
    expect(besides(kept, answers({ [process.pid]: 1 }))).toEqual({ a_total: '9' });
  });

  test('is not added while the process lives, for its next worker has it too', () => {
    const kept = ended().open();
    kept.update(answers({ [process.pid]: 4 }));
    expect(besides(kept, answers({ [DEAD]: 1 }))).toEqual({ a_total: '4' });
    expect(besides(kept, answers({ [process.pid]: 6 }))).toEqual({ a_total: '1' });
  });

  test('stays when an instance ends in a process that has others, and is counted once where another instance takes its place', () => {
    const step = fc.record({
      instance: fc.nat(3),
      counts: fc.integer({ min: 1, max: 500 }).map((value) => value / 1000),
      next: fc.constantFrom('scrape', 'scrape', 'close', 'replace', 'die', 'new leader'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { open } = ended();
        let kept = open();
        let names = 0;
        const started = (pid: number) => ({ instance: { pid, name: `${names++}`, generation: 0 }, value: 0 });
        // Two threads of this process, and two processes that are gone when they do not answer.
        let instances = [process.pid, process.pid, DEAD, DEAD + 1].map(started);
        const onTheirWay: InstanceFamilies[] = [];
        let total = 0;
        let before = 0;
        const page = () => {
          const current = instances.map(({ instance, value }) => ({ instance, families: counted(value) }));
          const present = kept.present([...onTheirWay.splice(0), ...current]);
          const all = [...present.map(({ families }) => families), ...kept.update(present)];
          const [family] = [...sumOfWorkers(all.map((families) => ({ worker: undefined, families })))] as [Family];
          return family.samples.get('') as number;
        };
        for (const { instance: index, counts, next } of steps) {
          const known = instances[index]!;
          known.value += counts;
          total += counts;
          const { instance, value } = known;
          // Of what ends next, the last values were on a page.
          before = page();
          if (next === 'new leader') {
            kept.keep();
            kept = open();
            kept.inherit();
          }
          if (next === 'close') {
            // An answer that was asked for before.
            onTheirWay.push({ instance, families: counted(value) });
            kept.close({ instance, families: counted(value) }, false);
            instances = instances.with(index, started(instance.pid));
          }
          if (next === 'replace') {
            onTheirWay.push({ instance, families: counted(value) });
            kept.close({ instance, families: counted(value) }, true);
            instances = instances.with(index, { instance: { ...instance, generation: instance.generation + 1 }, value });
          }
          if (next === 'die' && instance.pid !== process.pid) instances = instances.with(index, started(instance.pid));
          const now = page();
          expect(now).toBeGreaterThanOrEqual(before);
          expect(now).toBeCloseTo(total, 6);
          before = now;
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is nothing where the file is damaged, or of a time when none of the service ran', () => {
    const { path, open } = ended();
    const sample = (value: string, type = 'counter') =>
      `{"ended":[{"name":"a","type":"${type}","help":"","samples":[["",${value}]]}],"last":[]}`;
    const histogram = sample('{"buckets":{"boundaries":[1],"counts":[1]},"count":1}', 'histogram');
    for (const text of ['', '{}', 'null', '{"ended":1}', '[]', sample('"1"'), sample('null'), sample('1', 'x'), histogram]) {
      writeFileSync(path, text);
      const kept = open();
      kept.inherit();
      expect([text, kept.isEmpty, besides(kept, answers({ [process.pid]: 1 }))]).toEqual([text, true, {}]);
    }
    const kept = open();
    kept.update(answers({ [DEAD]: 5 }));
    kept.keep();
    kept.forget();
    expect(existsSync(path)).toBe(false);
    expect(besides(kept, answers({ [process.pid]: 1 }))).toEqual({});
  });
});
