/**
 * docs/errors.md names every code and every reason of the source, with the remedy of the source, and no other.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode, HftError } from '../../src/errors.ts';
import { DROP_REASONS } from '../../src/health/counters.ts';
import { RING_DROP_REASONS } from '../../src/ring/layout.ts';

const DOCUMENT = new URL('../../docs/errors.md', import.meta.url);
const SOURCE = join(import.meta.dirname, '../../src');
const ROW = /^\| `(HFT_\w+)` \|(.*)\|[^|]*\|$/gm;

function withRemedies(document: string): string {
  return document.replace(ROW, (_row, code: ErrorCode, rest: string) => `| \`${code}\` |${rest}| ${ERROR_CATALOGUE[code]} |`);
}

/** `UPDATE_DOCS=1 npx vitest run test/docs/errors.test.ts` writes the remedies anew. */
if (process.env.UPDATE_DOCS === '1') writeFileSync(DOCUMENT, withRemedies(readFileSync(DOCUMENT, 'utf8')));
const document = readFileSync(DOCUMENT, 'utf8');

test('each code stands there once, in the order of the catalogue, with its remedy', () => {
  expect([...document.matchAll(ROW)].map(([, code]) => code)).toEqual(Object.keys(ERROR_CATALOGUE));
  expect(document).toBe(withRemedies(document));
});

test('a message has one full stop before its remedy, whatever text it ends in', () => {
  for (const end of ['', '.', '..']) {
    const { message } = new HftError('HFT_CONTROL', `It cannot be opened: no room${end}`);
    expect(message).toBe(`It cannot be opened: no room. ${ERROR_CATALOGUE.HFT_CONTROL}`);
  }
});

test('each reason of a loss stands there once', () => {
  const reasons = [...document.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, reason]) => reason);
  expect(reasons).toEqual([...RING_DROP_REASONS, ...DROP_REASONS]);
});

test('each code is used', () => {
  const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(SOURCE, path), 'utf8'));
  for (const code of Object.keys(ERROR_CATALOGUE)) {
    expect(
      sources.some((text) => text.includes(`'${code}',`)),
      code,
    ).toBe(true);
  }
});

test('remedies are sentences', () => {
  for (const remedy of Object.values(ERROR_CATALOGUE)) expect(remedy).toMatch(/^[A-Z].*\.$/);
});
