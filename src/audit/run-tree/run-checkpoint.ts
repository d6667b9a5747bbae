/**
 * A checkpoint of a run: C2SP's `tlog-checkpoint`, with further facts for an auditor in its extension lines:
 *
 * ```
 * gateway/0b52…/5f1c9a02                          origin: service, instance, start of the process
 * 1234                                            leaves of the run so far
 * qL3x…=                                          root
 * run "0b52…"                                     what the run's lines have as `run`
 * number 17                                       of the run's checkpoints, from 1 on, without a gap
 * time 2026-11-29T02:10:00.123Z
 * file 1000 audit-2026-11-29.jsonl                the file of the last leaf, and the leaves of the run in the files before
 * why second
 * ```
 *
 * The first one in a file has a line more: `frontier` and the nodes that the tree has there, from which a verifier goes on without the files before. The first one
 * of a run names the last checkpoint that was there before it: `previous`, size, root, file and origin.
 */
import { quoted } from '../../common/plain-json.ts';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '../tree/checkpoint.ts';
import { Frontier, levelsOf } from '../tree/frontier.ts';
import { HASH_BYTES } from '../tree/hash.ts';
import type { TreeHead } from '../tree/proof.ts';

/** `opening`: the first in its file. `end`: the run has ended in order, or its instance has. */
const CHECKPOINT_REASONS = ['opening', 'second', 'hour', 'flush', 'rotation', 'end'] as const;
export type CheckpointReason = (typeof CHECKPOINT_REASONS)[number];

export interface RunCheckpoint extends Pick<Checkpoint, 'origin' | 'size' | 'root'> {
  readonly run: string;
  readonly number: number;
  /** ISO 8601, milliseconds, UTC. */
  readonly time: string;
  /** Name of the file, without its folder. */
  readonly file: string;
  /** Leaves of the run in the files before. */
  readonly from: number;
  readonly why: CheckpointReason;
  /** Of an `opening`: the tree at this size. */
  readonly frontier?: Frontier;
  /** The last checkpoint that was there before the run's first, and the file that it names. */
  readonly previous?: TreeHead & { readonly origin: string; readonly file: string };
}

export function formatRunCheckpoint(checkpoint: RunCheckpoint): string {
  const { origin, size, root, run, number, time, file, from, why, frontier, previous } = checkpoint;
  const extensions = [
    `run ${quoted(run)}`,
    `number ${number}`,
    `time ${time}`,
    `file ${from} ${encodeURI(file.toWellFormed())}`,
    `why ${why}`,
    ...(frontier === undefined ? [] : [`frontier ${Buffer.concat(frontier.nodes()).toString('base64')}`.trimEnd()]),
    ...(previous === undefined
      ? []
      : [
          `previous ${previous.size} ${Buffer.from(previous.root).toString('base64')} ${encodeURI(previous.file.toWellFormed())} ${previous.origin}`,
        ]),
  ];
  return formatCheckpoint({ origin, size, root, extensions });
}

/** Throws a SyntaxError for a text that is not a checkpoint of a run. */
export function parseRunCheckpoint(text: string): RunCheckpoint {
  const { origin, size, root, extensions } = parseCheckpoint(text);
  const values = new Map<string, string>();
  for (const line of extensions) {
    const [, name = line, value = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (values.has(name)) throw new SyntaxError(`it has two lines "${name}"`);
    values.set(name, value);
  }
  const need = (name: string, form: RegExp): string[] => {
    const match = form.exec(values.get(name) ?? '');
    if (match === null) throw new SyntaxError(`it has no proper line "${name}"`);
    return match.slice(1).map((group) => group ?? '');
  };
  const [run = ''] = need('run', /^("(?:[^"\\]|\\.)*")$/);
  const [number = ''] = need('number', /^([1-9]\d{0,14})$/);
  const [time = ''] = need('time', /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/);
  const [from = '', file = ''] = need('file', /^(\d{1,15}) (\S+)$/);
  const [why = ''] = need('why', /^(\w+)$/);
  if (!(CHECKPOINT_REASONS as readonly string[]).includes(why)) throw new SyntaxError(`its reason "${why}" is none`);
  if (Number(from) > size) throw new SyntaxError('its file begins behind its end');
  return {
    origin,
    size,
    root,
    run: textOf(run),
    number: Number(number),
    time,
    file: fileOf(file),
    from: Number(from),
    why: why as CheckpointReason,
    ...(values.has('frontier') && { frontier: frontierOf(size, values.get('frontier')!) }),
    ...(values.has('previous') && { previous: previousOf(need('previous', /^(\d{1,15}) (\S+) (\S+) (\S.*)$/)) }),
  };
}

function textOf(quoted: string): string {
  return JSON.parse(quoted) as string;
}

function fileOf(encoded: string): string {
  try {
    return decodeURI(encoded);
  } catch {
    throw new SyntaxError('the name of its file is not encoded as in a URI');
  }
}

function frontierOf(size: number, encoded: string): Frontier {
  const bytes = Buffer.from(encoded, 'base64');
  const count = levelsOf(size).length;
  if (bytes.toString('base64') !== encoded || bytes.length !== count * HASH_BYTES)
    throw new SyntaxError(`its frontier is not that of ${size} leaves`);
  const nodes = Array.from({ length: count }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  return Frontier.of(size, nodes);
}

function previousOf([size = '', root = '', file = '', origin = '']: readonly string[]): NonNullable<RunCheckpoint['previous']> {
  const bytes = Buffer.from(root, 'base64');
  if (bytes.length !== HASH_BYTES || bytes.toString('base64') !== root)
    throw new SyntaxError('the root of the run before it is no hash');
  return { size: Number(size), root: bytes, file: fileOf(file), origin };
}

/** `<service>/<instance>/<start>`: as the origin of a tree, no character of it is one that notes or key names give a meaning to. */
export function originOf(service: string, instance: string, start: string): string {
  return [service, instance, start].map((part) => encodeURIComponent(part.toWellFormed()) || '-').join('/');
}
