/**
 * `npm run architecture`: the house, drawn from its imports.
 */
import { commandLine } from '../command-line.ts';
import { cyclesOf, fileGraph, type Room, readSources, roomGraph, roomOf, roomsOf } from './house.ts';

/** Files at one level of a room; more want rooms inside. */
const LARGE_FOLDER = 20;
/** The length from which a file is listed: the longest that the house had when the list was begun is 418 lines. */
const LARGE_FILE = 250;

const USAGE = `npm run architecture [-- room]

Prints rooms by floor with their arrows, what is large, and cycles. With the name of a room: its files, and what each imports from other rooms. The exit code is 1 when
there is a cycle.
`;

const { positionals } = commandLine(USAGE, { allowPositionals: true });
const files = readSources();
const rooms = roomsOf(files);

const [wanted] = positionals;
if (wanted === undefined) printHouse();
else printRoom(wanted);

function printHouse(): void {
  console.log(`${files.length} files, ${rooms.length} rooms. A room imports from lower floors only.\n`);
  const floors = [...Map.groupBy(rooms, ({ floor }) => floor)].sort(([left], [right]) => right - left);
  for (const [floor, members] of floors) {
    console.log(`floor ${floor}`);
    for (const room of members) console.log(`  ${room.name.padEnd(12)} ${sizeOf(room).padEnd(11)} → ${arrowsText(room)}`);
  }
  printList(
    'large files',
    files.filter(({ lines }) => lines > LARGE_FILE).map(({ path, lines }) => `${path} ${lines} lines`),
  );
  printList(
    'large folders',
    rooms.flatMap(({ name, folders }) =>
      [...folders].filter(([, count]) => count > LARGE_FOLDER).map(([inner, count]) => `${name}/${inner} ${count} files`),
    ),
  );
  const cycles = [...cyclesOf(roomGraph(rooms)), ...cyclesOf(fileGraph(files))];
  printList(
    'cycles',
    cycles.map((members) => members.join(' ↔ ')),
  );
  if (cycles.length > 0) process.exitCode = 1;
}

function sizeOf({ files: members }: Room): string {
  return members.length === 1 ? '' : `${members.length} files`;
}

function arrowsText({ arrows }: Room): string {
  return arrows.size === 0 ? '(nothing)' : [...arrows].map(([target, count]) => `${target} ${count}`).join(', ');
}

function printList(title: string, lines: readonly string[]): void {
  console.log(`\n${title}: ${lines.length === 0 ? 'none' : ''}`);
  for (const line of lines) console.log(`  ${line}`);
}

function printRoom(name: string): void {
  const room = rooms.find((each) => each.name === name);
  if (room === undefined) {
    console.error(`There is no room "${name}". Rooms: ${rooms.map((each) => each.name).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  console.log(`${room.name}, floor ${room.floor}, ${sizeOf(room)} → ${arrowsText(room)}\n`);
  for (const { path, lines, imports } of room.files) {
    const away = imports.filter((target) => roomOf(target) !== room.name);
    console.log(`  ${path} (${lines})${away.length === 0 ? '' : ` → ${away.join(', ')}`}`);
  }
  const importers = files.filter(
    ({ path, imports }) => roomOf(path) !== room.name && imports.some((target) => roomOf(target) === room.name),
  );
  printList('imported by', [...new Set(importers.map(({ path }) => roomOf(path)))].sort());
}
