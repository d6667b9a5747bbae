/**
 * What documents and comments refer to is there: files by their paths, and the rooms of src/ in docs/architecture.md and CONTRIBUTING.md.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

const filesIn = (folder: string, extension: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name));

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'llms.txt',
  'examples/README.md',
  'bench/README.md',
  'collector-config/README.md',
  ...filesIn('docs', '.md'),
];
/** A path may be told from the document's own folder, from the root, from the source, or from the collector's configuration. */
const PLACES = ['.', 'src', 'docs', 'test', 'bench', 'collector-config'];
const FILE = /^(?:[\w.-]+\/)*[\w-]+(?:\.[\w-]+)*\.(?:ts|md|mjs|sh|yaml)$/;

/** Files that users make, by the names that docs/hosts.md gives them. */
const MADE_BY_USERS = new Set(['hft-otel.config.ts', 'hft-otel-worker.mjs', 'instrumentation.ts']);

const isThere = (from: string, path: string) => [dirname(from), ...PLACES].some((place) => existsSync(join(ROOT, place, path)));

test.each(DOCUMENTS)('%s names only files that are there', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const inBackticks = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!).filter((code) => FILE.test(code));
  const linked = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^https?:/.test(target));
  expect([...inBackticks, ...linked].filter((path) => !isThere(document, path) && !MADE_BY_USERS.has(path))).toEqual([]);
});

test('comments of the source name only files that are there', () => {
  const missing = filesIn('src', '.ts').flatMap((file) => {
    const comments = [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\/\*[\s\S]*?\*\/|\/\/ .*$/gm)]
      .map(([comment]) => comment)
      .join('\n');
    const named = [...comments.matchAll(/(?<![\w/.@-])(?:\.\.?\/)*(?:[\w-]+\/)*[\w-]+(?:\.test)?\.(?:ts|md)\b(?!\.)/g)].map(
      ([path]) => path,
    );
    return named.filter((path) => !isThere(file, path)).map((path) => `${file}: ${path}`);
  });
  expect(missing).toEqual([]);
});

const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
  .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
  .sort();

test('docs/architecture.md has every room of the source, and no other', () => {
  const rows = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').matchAll(/^\| (`[^|]+`) \|/gm);
  const told = [...rows].flatMap(([, names]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
  expect(told.sort()).toEqual(rooms);
});

test('CONTRIBUTING.md has every room of the source by its purpose, and no other', () => {
  const [, table] = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').split('| purpose | rooms |');
  const rows = table!.split('\n\n', 1)[0]!;
  const told = [...rows.matchAll(/`([\w-]+(?:\/|\.ts))`/g)].map(([, name]) => name!);
  expect(told.sort()).toEqual(rooms);
});

test.each([...DOCUMENTS, 'CHANGELOG.md'])('%s holds no marks of a merge', (document) => {
  expect(readFileSync(join(ROOT, document), 'utf8')).not.toMatch(/^(?:<{7}|>{7}) /m);
});
