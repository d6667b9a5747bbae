import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SETTING_DEFAULTS } from '../../src/config/defaults.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { SETTING_PATHS, SETTINGS } from '../../src/config/settings.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { ConfigError } from '../../src/errors.ts';
import { LEVELS } from '../../src/record.ts';
import { configOf } from './samples.ts';
import { withComments } from './settings-comments.ts';
import { TABLES, withTables } from './settings-tables.ts';

const DOCUMENT = new URL('../../docs/configuration.md', import.meta.url);
const text = readFileSync(DOCUMENT, 'utf8');

const TYPES = new URL('../../src/config/types.ts', import.meta.url);

/** `UPDATE_DOCS=1 npx vitest run test/config/documentation.test.ts` writes tables and comments anew. */
if (process.env.UPDATE_DOCS === '1') {
  writeFileSync(DOCUMENT, withTables(text));
  writeFileSync(TYPES, withComments(readFileSync(TYPES, 'utf8')));
}

test('the tables of docs/configuration.md are those of the source', () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  expect(document).toBe(withTables(document));
  const shown = [...document.matchAll(/<!-- table: ([\w ]+) -->/g)].map(([, name]) => name);
  expect(shown.sort()).toEqual(Object.keys(TABLES).sort());
});

test('what an editor shows of a setting is what the tables say: meaning, default, limit', () => {
  const types = readFileSync(TYPES, 'utf8');
  expect(types).toBe(withComments(types));
  const unwrapped = types.replaceAll(/\n\s*\* /g, ' ');
  for (const path of SETTING_PATHS.filter((path) => !path.startsWith('overflow.')))
    expect(unwrapped, path).toContain(SETTINGS[path].meaning);
  expect(unwrapped).toContain(LEVELS.map((level) => `${level} ${SETTING_DEFAULTS[`overflow.${level}`].value}`).join(', '));
});

test('every default is allowed by its own setting, or says how it comes about', () => {
  for (const path of SETTING_PATHS) {
    const { value, inProduction, derived } = SETTING_DEFAULTS[path];
    expect((value === undefined) !== (derived === undefined), path).toBe(true);
    for (const each of [value, inProduction]) {
      if (each === undefined) continue;
      const config = configOf({ [path]: each, 'backends.bridge.target': console });
      expect(() => resolveConfig(config, {}), path).not.toThrow();
    }
  }
});

test('every number has a unit, and every limit of memory says what happens there', () => {
  for (const path of SETTING_PATHS) {
    const { value, unit, atLimit, origin } = SETTING_DEFAULTS[path];
    if (typeof value !== 'number') continue;
    expect(unit, path).toBeTruthy();
    if (/Bytes$|Size$|Limit$|^overflow\./.test(path)) expect(atLimit && origin, path).toBeTruthy();
  }
});

test('every example configuration is accepted', () => {
  const examples = [...text.matchAll(/```ts config\n([\s\S]*?)```/g)].map(([, code]) => code);
  expect(examples.length).toBeGreaterThanOrEqual(3);
  for (const code of examples) {
    const config = new Function(`return (${code.trim().replace(/;$/, '')})`)() as LoggingConfig;
    expect(() => resolveConfig(config, {}), code).not.toThrow();
  }
});

test('the example of an error is the error', () => {
  const [, code, message] = /```ts wrong\n([\s\S]*?)```\s*```text\n([\s\S]*?)```/.exec(text)!;
  const config = new Function(`return (${code})`)() as LoggingConfig;
  try {
    resolveConfig(config, {});
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(`${(error as Error).name}: ${(error as Error).message}`.trim()).toBe(message.trim());
  }
});

test('every setting says what it means', () => {
  for (const path of SETTING_PATHS) expect(SETTINGS[path].meaning, path).toMatch(/^[A-Z].*[.`]$/);
});
