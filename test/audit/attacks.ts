/**
 * What somebody who can write to the files, and has no valid key, may do to a trail. Each attack works on texts, so that thousands of them take seconds.
 */
import { basename } from 'node:path';
import { notesIn } from '../../src/audit/run-tree/checkpoint-file.ts';
import { isOfRun, runMark } from '../../src/audit/run-tree/lines.ts';
import { formatRunCheckpoint, parseRunCheckpoint, type RunCheckpoint } from '../../src/audit/run-tree/run-checkpoint.ts';
import { parseSigningKey } from '../../src/audit/run-tree/signing-key.ts';
import { Frontier } from '../../src/audit/tree/frontier.ts';
import { leafHash } from '../../src/audit/tree/hash.ts';
import { parseNote, type SignerKey, signNote } from '../../src/audit/tree/note.ts';
import { pick, type Random } from '../support/random.ts';

/** A trail in memory: lines and notes by the path of the audit file. */
export interface Trail {
  readonly lines: Map<string, string[]>;
  readonly notes: Map<string, string[]>;
}

export interface AttackTools {
  readonly random: Random;
  /** Of the attacker, and one that was in use once. */
  readonly foreignKey: SignerKey;
  readonly oldKey: SignerKey;
  /** A trail of another host. */
  readonly other: Trail;
}

type Attack = (trail: Trail, tools: AttackTools) => boolean;

export const copyOf = ({ lines, notes }: Trail): Trail => ({
  lines: new Map(Array.from(lines, ([path, all]) => [path, [...all]])),
  notes: new Map(Array.from(notes, ([path, all]) => [path, [...all]])),
});

const checkpointOf = (note: string): RunCheckpoint | undefined => {
  try {
    return parseRunCheckpoint(parseNote(note).text);
  } catch {
    return undefined;
  }
};

function anyLine({ lines }: Trail, random: Random): { all: string[]; at: number; path: string } | undefined {
  const filled = [...lines].filter(([, all]) => all.length > 0);
  const [path, all] = filled[pick(random, filled.length)] ?? [];
  return path === undefined || all === undefined ? undefined : { path, all, at: pick(random, all.length) };
}

const byteChanged = (text: string, random: Random): string => {
  const at = pick(random, text.length);
  const other = String.fromCharCode(33 + pick(random, 90));
  return text.slice(0, at) + (text[at] === other ? '~' : other) + text.slice(at + 1);
};

const runsOf = ({ notes }: Trail): string[] => [
  ...new Set([...notes.values()].flat().flatMap((note) => checkpointOf(note)?.run ?? [])),
];

/** All checkpoints made anew over the lines as they are now, signed as given. */
function remake(
  trail: Trail,
  signers: readonly SignerKey[],
  keep: (checkpoint: RunCheckpoint) => boolean = () => false,
  time?: string,
): void {
  const frontiers = new Map<string, Frontier[]>();
  for (const run of runsOf(trail)) {
    const states = [new Frontier()];
    let frontier = states[0]!;
    for (const path of orderOf(trail)) {
      for (const line of trail.lines.get(path) ?? []) {
        if (!isOfRun(Buffer.from(line), runMark(run))) continue;
        frontier = Frontier.of(frontier.size, frontier.nodes());
        frontier.append(leafHash(Buffer.from(line)));
        states.push(frontier);
      }
    }
    frontiers.set(run, states);
  }
  for (const [path, notes] of trail.notes) {
    trail.notes.set(
      path,
      notes.map((note) => {
        const checkpoint = checkpointOf(note);
        if (checkpoint === undefined || keep(checkpoint)) return note;
        const states = frontiers.get(checkpoint.run)!;
        const state = states[Math.min(checkpoint.size, states.length - 1)]!;
        const from = Math.min(checkpoint.from, state.size);
        const opening = checkpoint.frontier === undefined ? {} : { frontier: state };
        return signNote(
          formatRunCheckpoint({
            ...checkpoint,
            ...(time !== undefined && { time }),
            size: state.size,
            from,
            root: state.root(),
            ...opening,
          }),
          signers,
        );
      }),
    );
  }
}

const orderOf = ({ lines }: Trail): string[] => [...lines.keys()].sort();

/** Cuts everything of a run behind one of its lines, its checkpoints too. */
function cut(trail: Trail, run: string, size: number): void {
  let left = size;
  for (const path of orderOf(trail)) {
    trail.lines.set(
      path,
      trail.lines.get(path)!.filter((line) => !isOfRun(Buffer.from(line), runMark(run)) || left-- > 0),
    );
    trail.notes.set(
      path,
      (trail.notes.get(path) ?? []).filter((note) => {
        const checkpoint = checkpointOf(note);
        return checkpoint?.run !== run || checkpoint.size <= size;
      }),
    );
  }
}

const sizeOf = (trail: Trail, run: string): number =>
  [...trail.lines.values()].flat().filter((line) => isOfRun(Buffer.from(line), runMark(run))).length;

const changeLine =
  (change: (all: string[], at: number, random: Random) => void): Attack =>
  (trail, { random }) => {
    const found = anyLine(trail, random);
    if (found === undefined) return false;
    change(found.all, found.at, random);
    return true;
  };

const changeNotes =
  (change: (notes: string[], at: number, random: Random) => void): Attack =>
  (trail, { random }) => {
    const filled = [...trail.notes.values()].filter((notes) => notes.length > 0);
    const notes = filled[pick(random, filled.length)];
    if (notes === undefined) return false;
    change(notes, pick(random, notes.length), random);
    return true;
  };

const forge = (trail: Trail, random: Random): boolean => {
  const found = anyLine(trail, random);
  if (found === undefined) return false;
  found.all[found.at] = found.all[found.at]!.replace(/"(?:qty|n)":\d+/, `"qty":${1e7 + pick(random, 1e6)}`);
  return true;
};

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'a byte changed': changeLine((all, at, random) => (all[at] = byteChanged(all[at]!, random))),
  'a value changed, its number kept': (trail, { random }) => forge(trail, random),
  'a line deleted': changeLine((all, at) => all.splice(at, 1)),
  'a line inserted': changeLine((all, at, random) =>
    all.splice(
      at,
      0,
      all[at]!.replace(/"audit_seq":\d+/, `"audit_seq":${pick(random, 500)}`).replace(/"px":"[^"]*"/, '"px":"0"'),
    ),
  ),
  'a line moved': changeLine((all, at, random) => all.splice(pick(random, all.length), 0, ...all.splice(at, 1))),
  'a line doubled': changeLine((all, at) => all.splice(at, 0, all[at]!)),
  'a line of no run inserted': changeLine((all, at) => all.splice(at, 0, '{"time":"2026-11-23T00:00:00Z","msg":"innocent"}')),
  'a line moved to another file': (trail, { random }) => {
    const [from, to] = [anyLine(trail, random), anyLine(trail, random)];
    if (from === undefined || to === undefined || from.path === to.path) return false;
    to.all.splice(to.at, 0, ...from.all.splice(from.at, 1));
    return true;
  },
  'the tail of a run cut': (trail, { random }) => {
    const runs = runsOf(trail);
    const run = runs[pick(random, runs.length)];
    const size = run === undefined ? 0 : sizeOf(trail, run);
    if (run === undefined || size === 0) return false;
    cut(trail, run, pick(random, size));
    return true;
  },
  'the tail cut and continued without a signature': (trail, { random }) => {
    const runs = runsOf(trail);
    const run = runs[pick(random, runs.length)];
    const size = run === undefined ? 0 : sizeOf(trail, run);
    if (run === undefined || size < 2 || !forge(trail, random)) return false;
    const keep = pick(random, size);
    remake(trail, [], (checkpoint) => checkpoint.run !== run || checkpoint.size <= keep);
    return true;
  },
  'a run removed': (trail, { random }) => {
    const runs = runsOf(trail);
    const run = runs[pick(random, runs.length)];
    if (run === undefined) return false;
    cut(trail, run, -1);
    return true;
  },
  'a file removed': (trail, { random }) => {
    const files = orderOf(trail);
    const path = files[pick(random, files.length)];
    if (path === undefined || files.length < 2) return false;
    trail.lines.delete(path);
    trail.notes.delete(path);
    return true;
  },
  'a file swapped for another host’s': (trail, { random, other }) => {
    const files = orderOf(trail);
    const path = files[pick(random, files.length)];
    const [theirs] = other.lines.keys();
    if (path === undefined || theirs === undefined) return false;
    trail.lines.set(path, [...other.lines.get(theirs)!]);
    if (random() < 0.5) trail.notes.set(path, [...(other.notes.get(theirs) ?? [])]);
    return true;
  },
  'two files swapped': (trail, { random }) => {
    const files = orderOf(trail);
    if (files.length < 2) return false;
    const at = pick(random, files.length - 1);
    const [left, right] = [files[at]!, files[at + 1]!];
    for (const part of random() < 0.5 ? [trail.lines] : [trail.lines, trail.notes]) {
      const kept = part.get(left);
      part.set(left, part.get(right) ?? []);
      part.set(right, kept ?? []);
    }
    return true;
  },
  'a line changed, checkpoints signed anew with the attacker’s key': (trail, { random, foreignKey }) => {
    if (!forge(trail, random)) return false;
    remake(trail, [foreignKey]);
    return true;
  },
  'a line changed, checkpoints signed anew with a retired key': (trail, { random, oldKey }) => {
    if (!forge(trail, random)) return false;
    remake(trail, [oldKey]);
    return true;
  },
  'a line changed, checkpoints signed anew with a retired key and dated back': (trail, { random, oldKey }) => {
    if (!forge(trail, random)) return false;
    remake(trail, [oldKey], undefined, '2025-12-31T12:00:00.000Z');
    return true;
  },
  'a line changed, checkpoints made anew under the right key’s name': (trail, { random, foreignKey }) => {
    const note = [...trail.notes.values()].flat().find((each) => parseNote(each).signatures.length > 0);
    if (note === undefined || !forge(trail, random)) return false;
    const { name, id } = parseNote(note).signatures[0]!;
    remake(trail, [{ ...foreignKey, name, id }]);
    return true;
  },
  'a line changed, checkpoints made anew without a signature': (trail, { random }) => {
    if (!forge(trail, random)) return false;
    remake(trail, []);
    return true;
  },
  'a checkpoint changed': changeNotes((notes, at, random) => (notes[at] = byteChanged(notes[at]!, random))),
  'checkpoints removed from the middle': changeNotes((notes, at, random) => notes.splice(at, 1 + pick(random, 3))),
  'checkpoints removed, and the lines that they cover changed': (trail, tools) => {
    ATTACKS['checkpoints removed from the middle']!(trail, tools);
    return forge(trail, tools.random);
  },
  'all checkpoints removed, a line changed': (trail, { random }) => {
    trail.notes.clear();
    return forge(trail, random);
  },
  'a checkpoint doubled at another place': changeNotes((notes, at, random) =>
    notes.splice(pick(random, notes.length), 0, notes[at]!),
  ),
  'a checkpoint of another run': (trail, { random, other }) => {
    const theirs = [...other.notes.values()].flat();
    const note = theirs[pick(random, theirs.length)];
    const [path] = trail.notes.keys();
    if (note === undefined || path === undefined) return false;
    trail.notes.get(path)!.splice(pick(random, trail.notes.get(path)!.length), 0, note);
    return true;
  },
};

export function parseTrail(
  files: readonly { readonly path: string; readonly text: string; readonly checkpoints: string }[],
): Trail {
  return {
    lines: new Map(files.map(({ path, text }) => [basename(path), text.split('\n').slice(0, -1)])),
    notes: new Map(files.map(({ path, checkpoints }) => [basename(path), notesIn(checkpoints).map(({ note }) => note)])),
  };
}

export const oldSigner = (text: string): SignerKey => parseSigningKey(text);
