/**
 * `hft-otel debug frames`: the bytes of a ring as text, for work on the ring, the codec or recovery.
 */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { errorText } from '../../common/error-text.ts';
import { HftError } from '../../errors.ts';
import { textOf } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { count, percent } from '../numbers.ts';
import { type FrameLine, framesIn, isRingSize, type RingDump } from './frames.ts';

const EXIT_UNREADABLE = 1;

export const framesCommand: Command = {
  name: 'debug frames',
  summary: 'print the contents of a ring as text: the frames that wait in it, and its counters',
  operands: {
    placeholder: 'FILE',
    help: 'memory of a ring: a file in the folder of a run, or bytes that a test wrote',
    least: 1,
    most: 1,
  },
  options: {
    dictionary: {
      type: 'string',
      short: 'd',
      placeholder: 'FILE',
      help: 'memory of the dictionary of the same lane; shows frames as records',
    },
    json: { type: 'boolean', help: 'print a line of JSON for the ring, and one for each frame' },
  },
  exitCodes: { 0: 'every frame could be read', 1: 'a frame could not be read' },
  notes: [
    'Frames that the worker has released are not shown, because their ids may have a new meaning.',
    'A running process goes on writing: the output is a snapshot, and its last frame may be incomplete.',
  ],
  async run(values, [path]) {
    const dictionaryPath = textOf(values, 'dictionary');
    const ring = memoryIn(path);
    if (!isRingSize(ring.byteLength)) throw new UsageError(`${path} has ${ring.byteLength} bytes: no ring has such a size.`);
    const dictionary = dictionaryPath === undefined ? undefined : memoryIn(dictionaryPath);
    const dump = readRing(path, ring, dictionary);
    console.log((values.json === true ? jsonOf(dump) : textLines(dump)).join('\n'));
    const isWhole = dump.frames.every(
      ({ record, unreadable }) => unreadable === undefined || record !== undefined || dictionary === undefined,
    );
    return isWhole && !endsEarly(dump) ? 0 : EXIT_UNREADABLE;
  },
};

/** A copy: the buffer of `readFileSync` may be part of a pool. */
function memoryIn(path: string): ArrayBuffer {
  try {
    return new Uint8Array(readFileSync(path)).buffer;
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${errorText(error)}`);
  }
}

function readRing(path: string, ring: ArrayBuffer, dictionary: ArrayBuffer | undefined): RingDump {
  try {
    return framesIn(ring, dictionary);
  } catch (error) {
    if (error instanceof HftError) throw new UsageError(`${path} is no ring of this version: ${error.message}`);
    throw error;
  }
}

/** After bytes that are not a frame, the start of the next one is not known. */
function endsEarly({ frames, head }: RingDump): boolean {
  const last = frames.at(-1);
  return last !== undefined && last.at + last.units !== head && last.kind !== 'pad';
}

function jsonOf({ frames, ...ring }: RingDump): string[] {
  const line = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each));
  return [line(ring), ...frames.map(line)];
}

function textLines({ capacity, position, head, half, account, frames }: RingDump): string[] {
  const { accepted, pending, dropped, fill } = account;
  const lost = dropped.flat().reduce((sum, each) => sum + each, 0);
  return [
    `ring of ${count(capacity)} units: released to ${position}, head ${head}, dictionary half ${half}, ${percent(fill)} in use`,
    `records: ${count(accepted)} accepted, ${count(pending)} waiting, ${count(lost)} dropped`,
    ...frames.map(frameText),
  ];
}

function frameText({ at, units, kind, level, scope, sequence, clockNanos, record, unreadable }: FrameLine): string {
  const parts = [`${at}`.padStart(8), `${units}u`.padStart(6), kind.padEnd(10)];
  if (sequence !== undefined) parts.push((level ?? '').padEnd(7), `#${sequence}`, `${clockNanos} ns`);
  if (scope !== undefined && record === undefined) parts.push(`scope ${scope}`);
  if (record !== undefined) parts.push(record.loggerName, oneLine(record.body), oneLine(record.attributes));
  if (unreadable !== undefined) parts.push(`(${unreadable})`);
  return parts.join(' ');
}

function oneLine(value: unknown): string {
  // Decoded maps have no prototype; the output need not mention that.
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 8 }).replaceAll(
    '[Object: null prototype] ',
    '',
  );
}
