/**
 * Each test that PROMISES.md names is there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const TESTS = join(import.meta.dirname, '..');
const ROOT = join(TESTS, '..');
const LINE = /^ {2}- `([^`]+)` › (.+)$/gm;

const document = readFileSync(join(TESTS, 'PROMISES.md'), 'utf8');
const named = [...document.matchAll(LINE)].map(([, file, titles]) => [file, titles.split(' › ')] as const);

/** Titles of a test file as they stand in its source; of a document, its headings. */
function titlesIn(file: string): ReadonlySet<string> {
  if (file.endsWith('.md'))
    return new Set([...readFileSync(join(ROOT, file), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title));
  const source = readFileSync(join(TESTS, file), 'utf8');
  const quoted = source.matchAll(/\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g);
  return new Set([...quoted].map(([, , title]) => title.replace(/\\(.)/g, '$1')));
}

describe('PROMISES.md', () => {
  test('has no promise without a test', () => {
    const promises = document.split('\n').filter((line) => line.startsWith('- '));
    expect(promises.length).toBeGreaterThan(60);
    const lines = document.split('\n');
    const bare = lines.filter((line, i) => line.startsWith('- ') && !lines[i + 1]?.startsWith('  - `'));
    expect(bare).toEqual([]);
    expect(document.match(/^ {2}- /gm)!.length).toBe(named.length);
  });

  test.each(named)('%s › %j is there', (file, titles) => {
    const there = titlesIn(file);
    expect(titles.filter((title) => !there.has(title))).toEqual([]);
  });
});
