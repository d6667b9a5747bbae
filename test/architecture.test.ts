import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/**
 * Which room may import from which. A room is a folder of src/, or a file at its top. Anything else fails here: the drawing in docs/architecture.md is
 * true or the build is red.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'version.ts': [],
  'record.ts': [],
  'errors.ts': [],
  'plain-json.ts': [],
  'shared-text.ts': [],
  ring: ['errors.ts', 'record.ts'],
  series: ['plain-json.ts', 'errors.ts'],
  health: ['shared-text.ts'],
  config: ['version.ts', 'plain-json.ts', 'errors.ts', 'record.ts', 'backends/bridge-target.ts'],
  codec: ['plain-json.ts', 'errors.ts', 'record.ts', 'ring', 'backends/backend.ts'],
  encoders: ['record.ts', 'codec', 'backends/backend.ts'],
  backends: ['errors.ts', 'record.ts', 'config', 'health', 'otel/readable-record.ts', 'series'],
  router: ['record.ts', 'config'],
  caller: [
    'plain-json.ts',
    'shared-text.ts',
    'backends/backend.ts',
    'health/counters.ts',
    'health/instruments.ts',
    'health/metrics-snapshot.ts',
    'record.ts',
    'codec',
    'ring',
    'series',
    'config',
    'instance',
    'logging.ts',
  ],
  worker: ['errors.ts', 'record.ts', 'codec', 'ring', 'series', 'config', 'encoders', 'backends', 'router', 'health', 'instance'],
  instance: [
    'errors.ts',
    'record.ts',
    'codec',
    'ring',
    'series',
    'config',
    'encoders',
    'backends',
    'router',
    'health',
    'caller',
    'worker/lane-source.ts',
    'worker/outbox.ts',
  ],
  otel: [
    'plain-json.ts',
    'errors.ts',
    'record.ts',
    'codec',
    'series',
    'config',
    'caller',
    'instance',
    'logging.ts',
    'backends/backend.ts',
  ],
  'logging.ts': [
    'health/metrics-snapshot.ts',
    'errors.ts',
    'record.ts',
    'caller',
    'codec/audit-numbers.ts',
    'config',
    'backends',
    'instance',
    'otel',
    'router',
    'ring',
    'series/baseline.ts',
  ],
  'index.ts': ['health/metrics-snapshot.ts', 'errors.ts', 'record.ts', 'caller', 'config', 'backends', 'logging.ts'],
  'otel.ts': ['otel', 'backends/sdk-exporter.ts'],
  'testing.ts': ['testing', 'record.ts', 'backends', 'caller', 'codec', 'config', 'otel', 'ring', 'series', 'worker'],
  testing: ['backends', 'worker/object-queue.ts'],
  demo: ['index.ts'],
  cli: ['version.ts', 'demo', 'record.ts', 'index.ts', 'config', 'router', 'errors.ts'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

function sourceFiles(folder = SRC): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sourceFiles(join(folder, entry.name)) : entry.name.endsWith('.ts') ? [join(folder, entry.name)] : [],
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, target]) => ({ from: relative(SRC, file), to: relative(SRC, resolve(dirname(file), target)) }));
}

const imports = sourceFiles().flatMap(importsOf);
const roomOf = (path: string) => path.split('/')[0];

describe('the house', () => {
  test('every room is in the table of arrows', () => {
    const rooms = new Set(sourceFiles().map((file) => roomOf(relative(SRC, file))));
    expect([...rooms].filter((room) => !(room in ARROWS))).toEqual([]);
  });

  test('arrows go only where the table lets them', () => {
    const wrong = imports.filter(({ from, to }) => {
      const allowed = ARROWS[roomOf(from)] ?? [];
      return roomOf(from) !== roomOf(to) && !allowed.includes(roomOf(to)) && !allowed.includes(to);
    });
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('every arrow of the table is taken by somebody', () => {
    const idle = Object.entries(ARROWS).flatMap(([room, targets]) =>
      targets
        .filter((target) => !imports.some(({ from, to }) => roomOf(from) === room && (roomOf(to) === target || to === target)))
        .map((target) => `${room} → ${target}`),
    );
    expect(idle).toEqual([]);
  });

  test('no import cycles, types included', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to } of imports) graph.set(from, [...(graph.get(from) ?? []), to]);
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: string[]) => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test('no barrel files inside the house', () => {
    expect(
      sourceFiles()
        .map((file) => relative(SRC, file))
        .filter((path) => path.includes('/') && path.endsWith('/index.ts')),
    ).toEqual([]);
  });
});
