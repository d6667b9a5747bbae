/**
 * The rule of missing proof, with generators. What processes leave that write, rotate, are killed and recovered, with clocks that are set, is no fault, whichever of
 * the files are given. What somebody writes behind the last checkpoint that he has left is told, and is a fault unless every line of it could be the last minute of a
 * process that was killed.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { scratch } from '../backends/file-support.ts';
import { filesIn, makeKey, notesBeside } from './clean-logs.ts';
import { codesOf, cosign, faultsOf, lineOf, makeWitnessKey, type OneProcess, rewrite, started } from './one-process.ts';

const TRAILS = Number(process.env.HFT_AUDIT_TRAILS ?? 25);

const NOON = Date.UTC(2026, 10, 28, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const KINDS = ['event', 'event', 'event', 'log', 'clock', 'mark'] as const;

const place = scratch();
afterAll(() => place.remove());
const key = makeKey(place.path, 'gateway');
const witness = makeWitnessKey('w1');
let trails = 0;

/** Of one process at a time; `who` says which of those that live. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('write'),
      who: fc.nat(),
      kinds: fc.array(fc.constantFrom(...KINDS), { maxLength: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write through'), who: fc.nat(), kind: fc.constantFrom(...KINDS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('moment'), millis: fc.nat(900) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('time'), millis: fc.oneof(fc.nat(5 * MINUTE), fc.nat(30 * HOUR)) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('step'), millis: fc.integer({ min: -26 * HOUR, max: 26 * HOUR }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('start') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace worker'), who: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end'), who: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('kill'),
      who: fc.nat(),
      torn: fc.option(fc.nat(150)),
      inRings: fc.nat(3),
      cutOff: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recover'), who: fc.nat() }) },
);
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

/** Makes the trail of these steps. Returns its folder, and the notes in order. */
function written(steps: readonly Step[], rotation: 'none' | 'hourly' | 'daily') {
  const directory = join(place.path, `trail-${++trails}`);
  mkdirSync(directory);
  const clock = { millis: NOON };
  const notes: { readonly note: string; readonly atMillis: number }[] = [];
  /** Since the start, whatever the clock is set to. */
  let elapsed = 0;
  let looked = 0;
  let runs = 0;
  const living: OneProcess[] = [];
  const dead: {
    readonly process: OneProcess;
    readonly lines: string;
    readonly cutOff: boolean;
    readonly killedMillis: number;
  }[] = [];
  const start = () => {
    const run = `run-${trails}-${++runs}`;
    const onCheckpoint = (note: string) => void notes.push({ note, atMillis: elapsed });
    living.push(started({ directory, key, run, clock, rotation, onCheckpoint }));
  };
  const pass = (millis: number) => {
    clock.millis += millis;
    elapsed += millis;
  };
  /** Workers look each second, and at the latest when one that hangs has been replaced. */
  const look = () => {
    looked = elapsed;
    for (const process of living) process.tick();
  };
  const seconds = () => {
    for (let i = 0; i < 2; i++) {
      pass(SECOND);
      look();
    }
  };
  const taken = <T>(from: T[], who: number) => from.splice(who % from.length, 1)[0]!;
  start();
  for (const each of steps) {
    const process = 'who' in each && living.length > 0 ? living[each.who % living.length]! : undefined;
    if (each.do === 'start' && living.length < 3) start();
    if (each.do === 'moment') {
      pass(each.millis);
      if (elapsed - looked > 5 * SECOND) look();
    }
    if (each.do === 'time') {
      seconds();
      pass(each.millis);
      look();
    }
    if (each.do === 'step') {
      seconds();
      clock.millis += each.millis;
    }
    if (each.do === 'recover' && dead.length > 0 && process !== undefined) {
      // A clock that was set back since the kill may lead into a file before the run's first: that is not covered here.
      if (dead.some(({ killedMillis }) => killedMillis > clock.millis)) continue;
      const left = taken(dead, each.who);
      process.append(left.lines + (left.cutOff ? left.process.next('void') : '') + left.process.next('mark'));
      left.process.endRecovered();
    }
    if (process === undefined) continue;
    if (each.do === 'write') for (const kind of each.kinds) process.write(kind);
    if (each.do === 'write through') process.writeThrough(each.kind);
    if (each.do === 'replace worker') process.replaceWorker();
    if (each.do === 'end') taken(living, each.who).end();
    if (each.do === 'kill') {
      taken(living, each.who);
      const torn = each.torn === null ? '' : process.tear(each.torn);
      const lines = torn + Array.from({ length: each.inRings }, () => process.next('event')).join('');
      dead.push({ process, lines, cutOff: each.cutOff, killedMillis: clock.millis });
    }
  }
  return { directory, notes, endMillis: clock.millis };
}

const trail = fc.tuple(fc.array(step, { minLength: 5, maxLength: 30 }), fc.constantFrom('none', 'hourly', 'daily'));

test(`${TRAILS} trails of processes that rotate, are killed and recovered, with clocks that are set: no fault, in all files or in each of them alone`, {
  timeout: 120_000 + TRAILS * 5_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(trail, async ([steps, rotation]) => {
      const { directory, endMillis } = written(steps, rotation);
      const all = filesIn(directory);
      for (const files of [all, ...all.map((file) => [file])]) {
        for (const now of [undefined, () => endMillis]) {
          const report = await verifyTrail({ files, keys: [key.vkey], ...(now && { now }) });
          // Of a file without a single checkpoint nothing is proven, and that is said: its runs were killed in their first second.
          const isBare = report.runs.every(({ lines, checkpoints }) => lines === 0 || checkpoints === 0);
          expect([files, faultsOf(report)]).toEqual([files, isBare && report.lines > 0 ? ['NOTHING_PROVEN'] : []]);
        }
      }
    }),
    { numRuns: TRAILS },
  );
});

test(`${TRAILS} such trails whose witness was away for less than an hour: no fault in all files, nor in one that has a line it has cosigned`, {
  timeout: 120_000 + TRAILS * 5_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(trail, fc.nat(30), async ([steps, rotation], away) => {
      const { directory, notes, endMillis } = written(
        steps
          .map((each) => (each.do === 'time' ? { ...each, millis: each.millis % (10 * MINUTE) } : each))
          .filter((each) => each.do !== 'step'),
        rotation,
      );
      const from = notes[away % Math.max(1, notes.length)]?.atMillis ?? 0;
      cosign(
        directory,
        notes.filter(({ atMillis }) => atMillis < from || atMillis > from + 59 * MINUTE).map(({ note }) => note),
        witness.signer,
      );
      const all = filesIn(directory);
      for (const files of [all, ...all.map((file) => [file])]) {
        const report = await verifyTrail({ files, witnesses: [witness.vkey], now: () => endMillis });
        if (report.runs.every(({ cosigned, lines }) => lines === 0 || cosigned === 0)) continue;
        expect([files, faultsOf(report)]).toEqual([files, []]);
      }
    }),
    { numRuns: TRAILS },
  );
});

/** What somebody writes in place of a line, and whether it can be one of a process that was killed; `atMillis`: its time, where it counts. */
interface Written {
  readonly line: (number: number) => string;
  readonly isOurs: boolean;
  readonly atMillis?: number;
}

const time = fc.oneof(
  fc.nat(90 * SECOND).map((millis) => NOON + millis),
  fc.nat(24 * HOUR).map((millis) => NOON + millis),
  fc.date({ min: new Date('1970-01-01'), max: new Date('2999-01-01'), noInvalidDate: true }).map((date) => date.getTime()),
);
const anyLine: fc.Arbitrary<Written> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom('event', 'log', 'clock'), time).map(([kind, atMillis]) => ({
      line: (number: number) => lineOf(kind, 'run-1', atMillis, number),
      isOurs: true,
      atMillis,
    })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('void', 'mark'), time).map(([kind, atMillis]) => ({
      line: (number: number) => lineOf(kind, 'run-1', atMillis, number),
      isOurs: true,
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        '',
        'NaN',
        'soon',
        '2026-13-01T00:00:00.000Z',
        '2026-11-28 12:00:00.000Z',
        'Sat, 28 Nov 2026 12:00:10 GMT',
        '1795860000000',
      )
      .map((text) => ({
        line: (number: number) => lineOf('event', 'run-1', NOON, number).replace(/"time":"[^"]*"/, `"time":"${text}"`),
        isOurs: false,
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        time,
        fc.constantFrom<[RegExp, string]>(
          [/"audit_seq":\d+,/, ''],
          [/"audit_seq":\d+/, '"audit_seq":"x"'],
          [/"time":"[^"]*",/, ''],
          [/^/, ' '],
          [/placed/, 'hft.clock'],
          [/"audit_seq":\d+,"event":"placed"/, '"event":"hft.clock!"'],
        ),
      )
      .map(([atMillis, [from, to]]) => ({
        line: (number: number) => lineOf('event', 'run-1', atMillis, number).replace(from, to),
        // An event may have any name, and the rest of a line that was cut may stand in front.
        isOurs: from.source === 'placed' || from.source === '^',
        atMillis,
      })),
  },
);

test(`whatever is written behind the last checkpoint: its lines are counted, and it is a fault unless all are as hft-otel writes them, within one minute`, {
  timeout: 300_000,
}, async () => {
  const directory = join(place.path, 'rewritten');
  mkdirSync(directory);
  const clock = { millis: NOON };
  const gateway = started({ directory, key, run: 'run-1', clock, rotation: 'none' });
  for (let i = 0; i < 3; i++, clock.millis += SECOND) {
    gateway.write();
    gateway.tick();
  }
  const [file] = filesIn(directory);
  const first = readFileSync(file!, 'utf8').split('\n')[0]!;
  const notes = notesBeside(file!).slice(0, 2);
  const verify = async (lines: readonly Written[]) => {
    rewrite(file!, notes, (_, index) =>
      index === 0 ? [first, ...lines.map(({ line }, i) => line(i + 2))].join('\n') : undefined,
    );
    return verifyTrail({ files: [file!], keys: [key.vkey], now: () => NOON + 1e15 });
  };
  await fc.assert(
    fc.asyncProperty(fc.array(anyLine, { minLength: 1, maxLength: 12 }), anyLine, async (lines, further) => {
      const times = lines.flatMap(({ atMillis, isOurs }) => (isOurs && atMillis !== undefined ? [atMillis] : []));
      const isFault = lines.some(({ isOurs }) => !isOurs) || Math.max(...times) - Math.min(...times) > MINUTE;
      const report = await verify(lines);
      expect(faultsOf(report)).toEqual(isFault ? ['UNPROVEN'] : []);
      expect(report.findings.find(({ code }) => code === 'UNPROVEN')?.message).toContain(
        `The last ${lines.length} lines of the run`,
      );
      // No line that is added makes the fault a notice.
      if (isFault) expect(codesOf(await verify([further, ...lines])).slice(0, 1)).toEqual(['UNPROVEN']);
      if (isFault) expect(faultsOf(await verify([...lines, further]))).toEqual(['UNPROVEN']);
    }),
    { numRuns: 100 },
  );
});
