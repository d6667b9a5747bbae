import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cyclesOf, fileGraph, readSources, roomGraph, roomOf, roomsOf, SRC } from '../scripts/architecture/house.ts';
import { unimportedFiles, unusedExports } from '../scripts/architecture/unused.ts';
import { BUILT_IN } from '../src/backends/built-in.ts';

/**
 * Which room may import from which, from the ground floor up: a room imports from rooms above it in this list, never from one below. A room is a folder of
 * src/, or a file at its top. `npm run architecture` draws it.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  common: [],
  'errors.ts': [],
  'record.ts': [],
  'version.ts': [],
  redaction: ['common'],
  ring: ['errors.ts', 'record.ts'],
  time: ['common'],
  memory: ['common', 'record.ts', 'ring', 'time'],
  series: ['common', 'errors.ts', 'time'],
  health: ['common', 'memory', 'record.ts', 'time'],
  contract: ['health', 'record.ts'],
  codec: ['common', 'contract', 'errors.ts', 'health', 'record.ts', 'redaction', 'ring'],
  files: ['common', 'contract', 'time'],
  settings: ['common', 'contract', 'errors.ts', 'record.ts', 'redaction'],
  encoders: ['codec', 'contract', 'record.ts'],
  meter: ['codec', 'common', 'record.ts', 'redaction', 'series', 'settings'],
  read: ['codec', 'encoders', 'health', 'memory', 'record.ts', 'ring'],
  delivery: ['codec', 'common', 'contract', 'encoders', 'errors.ts', 'health', 'read', 'record.ts', 'ring', 'time'],
  recovery: ['codec', 'common', 'delivery', 'health', 'memory', 'record.ts', 'redaction', 'ring', 'series', 'time'],
  spool: ['common', 'delivery', 'encoders', 'files', 'health', 'record.ts', 'time'],
  backends: [
    'common',
    'contract',
    'delivery',
    'encoders',
    'errors.ts',
    'files',
    'health',
    'read',
    'record.ts',
    'series',
    'settings',
    'time',
  ],
  testing: ['contract', 'delivery', 'health', 'time'],
  config: ['backends', 'common', 'contract', 'errors.ts', 'record.ts', 'redaction', 'settings', 'version.ts'],
  caller: [
    'codec',
    'common',
    'config',
    'contract',
    'errors.ts',
    'health',
    'memory',
    'meter',
    'record.ts',
    'redaction',
    'ring',
    'series',
    'settings',
    'time',
  ],
  router: ['common', 'config', 'record.ts', 'settings'],
  control: ['caller', 'common', 'health', 'record.ts', 'time'],
  page: ['codec', 'common', 'control', 'encoders', 'read', 'record.ts', 'ring', 'time'],
  clock: ['memory'],
  audit: [
    'caller',
    'clock',
    'codec',
    'common',
    'config',
    'contract',
    'delivery',
    'encoders',
    'files',
    'health',
    'memory',
    'read',
    'record.ts',
    'redaction',
    'ring',
    'time',
  ],
  intake: ['caller', 'codec', 'memory', 'record.ts', 'time'],
  otel: ['caller', 'codec', 'common', 'intake', 'meter', 'record.ts', 'series', 'time'],
  instance: [
    'audit',
    'backends',
    'caller',
    'clock',
    'codec',
    'common',
    'config',
    'contract',
    'delivery',
    'errors.ts',
    'health',
    'memory',
    'otel',
    'record.ts',
    'recovery',
    'redaction',
    'ring',
    'series',
    'settings',
    'time',
    'version.ts',
  ],
  worker: [
    'audit',
    'backends',
    'caller',
    'clock',
    'codec',
    'common',
    'config',
    'contract',
    'control',
    'delivery',
    'encoders',
    'errors.ts',
    'files',
    'health',
    'instance',
    'memory',
    'meter',
    'page',
    'read',
    'record.ts',
    'recovery',
    'redaction',
    'ring',
    'router',
    'series',
    'spool',
    'time',
    'version.ts',
  ],
  'logging.ts': [
    'audit',
    'caller',
    'common',
    'config',
    'health',
    'instance',
    'intake',
    'otel',
    'record.ts',
    'router',
    'time',
    'worker',
  ],
  'testing.ts': [
    'caller',
    'codec',
    'config',
    'contract',
    'instance',
    'intake',
    'memory',
    'otel',
    'read',
    'record.ts',
    'series',
    'testing',
    'time',
  ],
  process: ['audit', 'caller', 'config', 'instance', 'logging.ts', 'memory', 'series', 'time'],
  adapters: [
    'caller',
    'codec',
    'common',
    'config',
    'errors.ts',
    'intake',
    'logging.ts',
    'process',
    'record.ts',
    'settings',
    'time',
    'version.ts',
  ],
  'index.ts': ['caller', 'config', 'contract', 'errors.ts', 'health', 'logging.ts', 'meter', 'process', 'record.ts', 'settings'],
  'otel.ts': ['adapters', 'backends', 'otel'],
  demo: ['index.ts'],
  reconcile: ['common', 'encoders', 'files'],
  cli: [
    'audit',
    'backends',
    'caller',
    'codec',
    'common',
    'config',
    'contract',
    'control',
    'demo',
    'encoders',
    'errors.ts',
    'files',
    'index.ts',
    'logging.ts',
    'memory',
    'reconcile',
    'record.ts',
    'ring',
    'router',
    'settings',
    'spool',
    'time',
    'version.ts',
  ],
};

/** Files at one level of a folder; with more it wants folders inside. */
const MOST_FILES = 22;

/** Files that package.json names. */
const ENTRIES = [...readFileSync(join(SRC, '../package.json'), 'utf8').matchAll(/"\.\/dist\/([^"]+)\.js"/g)].map(
  ([, path]) => `${path}.ts`,
);

/** Lists and bounds that state what other code does: tests hold them to it, and documentation shows them. */
const STATED = [
  { path: 'config/sources/variables.ts', name: 'SPECIAL_VARIABLES' },
  { path: 'encoders/digits.ts', name: 'NUMBER_BYTES' },
  { path: 'memory/words.ts', name: 'SHARED_AREAS' },
];

const files = readSources();
const rooms = roomsOf(files);

describe('the house', () => {
  test('the table of arrows names every room, and no other', () => {
    expect(rooms.map(({ name }) => name).sort()).toEqual(Object.keys(ARROWS).sort());
  });

  test('arrows go only where the table lets them', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((target) => roomOf(target) !== roomOf(path) && !ARROWS[roomOf(path)]?.includes(roomOf(target)))
        .map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every arrow of the table is taken by some file', () => {
    const idle = rooms.flatMap(({ name, arrows }) =>
      (ARROWS[name] ?? []).filter((target) => !arrows.has(target)).map((target) => `${name} → ${target}`),
    );
    expect(idle).toEqual([]);
  });

  test('no arrow of the table runs back', () => {
    const order = Object.keys(ARROWS);
    const back = Object.entries(ARROWS).flatMap(([room, targets]) =>
      targets.filter((target) => order.indexOf(target) >= order.indexOf(room)).map((target) => `${room} → ${target}`),
    );
    expect(back).toEqual([]);
  });

  test('no cycles between files, types included', () => {
    expect(cyclesOf(fileGraph(files))).toEqual([]);
  });

  test('no cycles between rooms', () => {
    expect(cyclesOf(roomGraph(rooms))).toEqual([]);
  });

  test('every file is imported by another one, or is an entry of the package', () => {
    const known = [...ENTRIES, ...STATED.map(({ path }) => path)];
    expect(unimportedFiles(files).filter((path) => !known.includes(path))).toEqual([]);
  });

  test('every exported value is used by the package itself, not by tests alone', () => {
    expect(unusedExports(files, SRC).filter(({ path }) => !ENTRIES.includes(path))).toEqual(STATED);
  });

  test('no folder with more files than one takes in at a glance', () => {
    const large = rooms.flatMap(({ name, folders }) =>
      [...folders].filter(([, count]) => count > MOST_FILES).map(([inner, count]) => `${name}/${inner}: ${count} files`),
    );
    expect(large).toEqual([]);
  });

  test('no generic code asks for the name of a backend: it reads the descriptor', () => {
    // `audit` is a lane too, `memory` and `histogram` mean other things elsewhere.
    const names = BUILT_IN.map(({ name }) => name).filter((name) => !['audit', 'memory', 'histogram'].includes(name));
    const question = new RegExp(`(?:[!=]==|case|includes\\(|indexOf\\()\\s*'(?:${names.join('|')})'`);
    const generic = files.map(({ path }) => path).filter((path) => !/^(?:backends|cli|demo)\//.test(path));
    expect(names.length).toBeGreaterThan(5);
    expect(generic.filter((path) => question.test(readFileSync(join(SRC, path), 'utf8')))).toEqual([]);
  });

  test('what was thrown becomes text in one way: it need not be an Error', () => {
    // The demo imports what applications import, and errorText is none of it. What a getter throws becomes a value of the record, which is masked as such.
    const others = /^(?:common\/error-text|codec\/values\/value-texts)\.ts$|^demo\//;
    const own = files.map(({ path }) => path).filter((path) => !others.test(path));
    const errors = '(?:Error|NodeJS\\.ErrnoException)\\b[^()]*';
    const another = new RegExp(
      [
        `as ${errors}\\)\\??\\.message`,
        'String\\((?:error|cause|reason|thrown)\\)',
        'catch\\(\\(\\w+: Error\\)',
        `\\{[^{}]*\\bmessage\\b[^{}]*\\} = \\w+ as ${errors};`,
      ].join('|'),
    );
    expect(own.filter((path) => another.test(readFileSync(join(SRC, path), 'utf8')))).toEqual([]);
  });

  test('no barrel files inside the house', () => {
    expect(files.map(({ path }) => path).filter((path) => path.includes('/') && path.endsWith('/index.ts'))).toEqual([]);
  });
});
