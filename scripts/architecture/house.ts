/**
 * The house as its imports draw it: rooms, arrows between them, and the floor each room stands on. Types count like values. `npm run architecture` prints it,
 * test/architecture.test.ts holds it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The sources, by default of this checkout. */
export const SRC = resolve(import.meta.dirname, '../../src');

export interface SourceFile {
  /** Relative to src/. */
  readonly path: string;
  readonly lines: number;
  /** Files that this one imports, relative to src/. */
  readonly imports: readonly string[];
}

export interface Room {
  /** A folder of src/, or a file at its top. */
  readonly name: string;
  readonly files: readonly SourceFile[];
  /** Folders inside it, with the number of files of each; '' is the room itself. */
  readonly folders: ReadonlyMap<string, number>;
  /** Rooms that it imports from, with the number of imports. */
  readonly arrows: ReadonlyMap<string, number>;
  /** 0: imports from no other room. Otherwise one more than the highest floor it imports from; NaN for a room of a cycle. */
  readonly floor: number;
}

export function roomOf(path: string): string {
  return path.split('/')[0];
}

export function readSources(src = SRC): SourceFile[] {
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(src, join(entry.parentPath, entry.name)))
    .sort()
    .map((path) => readSource(src, path));
}

function readSource(src: string, path: string): SourceFile {
  const text = readFileSync(join(src, path), 'utf8');
  const found = text.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  const imports = [...found].map(([, target]) => relative(src, resolve(src, dirname(path), target)));
  return { path, lines: text.split('\n').length - 1, imports: [...new Set(imports)] };
}

/** Rooms from the ground floor up. */
export function roomsOf(files: readonly SourceFile[]): Room[] {
  const byRoom = Map.groupBy(files, ({ path }) => roomOf(path));
  const arrows = new Map([...byRoom].map(([name, members]) => [name, arrowsOf(name, members)]));
  const floors = floorsOf(arrows);
  return [...byRoom]
    .map(([name, members]) => ({
      name,
      files: members,
      folders: countBy(members, ({ path }) => dirname(path).split('/').slice(1).join('/')),
      arrows: arrows.get(name)!,
      floor: floors.get(name)!,
    }))
    .sort((left, right) => left.floor - right.floor || left.name.localeCompare(right.name));
}

function arrowsOf(room: string, files: readonly SourceFile[]): Map<string, number> {
  const targets = files.flatMap(({ imports }) => imports.map(roomOf)).filter((target) => target !== room);
  return countBy(targets, (target) => target);
}

function countBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return new Map([...counts].sort(([left], [right]) => left.localeCompare(right)));
}

function floorsOf(arrows: ReadonlyMap<string, ReadonlyMap<string, number>>): Map<string, number> {
  const floors = new Map<string, number>();
  const floorOf = (room: string, path: readonly string[]): number => {
    if (path.includes(room)) return Number.NaN;
    const known = floors.get(room);
    if (known !== undefined) return known;
    const below = [...(arrows.get(room)?.keys() ?? [])].map((target) => floorOf(target, [...path, room]));
    const floor = below.length === 0 ? 0 : Math.max(...below) + 1;
    floors.set(room, floor);
    return floor;
  };
  for (const room of arrows.keys()) floorOf(room, []);
  return floors;
}

/** Sets of nodes that reach each other, each as a list; empty when there is no cycle. */
export function cyclesOf(graph: ReadonlyMap<string, Iterable<string>>): string[][] {
  const reach = new Map([...graph.keys()].map((node) => [node, reachableFrom(node, graph)]));
  const seen = new Set<string>();
  const cycles: string[][] = [];
  for (const node of graph.keys()) {
    if (seen.has(node) || !reach.get(node)!.has(node)) continue;
    const members = [...reach.get(node)!].filter((other) => reach.get(other)?.has(node)).sort();
    for (const member of members) seen.add(member);
    cycles.push(members);
  }
  return cycles;
}

function reachableFrom(start: string, graph: ReadonlyMap<string, Iterable<string>>): Set<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const next of graph.get(node) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}

export function roomGraph(rooms: readonly Room[]): Map<string, Iterable<string>> {
  return new Map(rooms.map(({ name, arrows }) => [name, arrows.keys()]));
}

export function fileGraph(files: readonly SourceFile[]): Map<string, Iterable<string>> {
  return new Map(files.map(({ path, imports }) => [path, imports]));
}
