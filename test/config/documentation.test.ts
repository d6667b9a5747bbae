import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TABLES, withTables } from '../../scripts/settings/tables.ts';
import { typesText } from '../../scripts/settings/types.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { SETTING_PATHS, SETTINGS } from '../../src/config/settings.ts';
import type { LoggingConfig } from '../../src/config/types.ts';
import { ConfigError } from '../../src/errors.ts';
import type { Setting } from '../../src/settings/setting.ts';
import { configOf } from './samples.ts';

const DOCUMENT = new URL('../../docs/configuration.md', import.meta.url);
const text = readFileSync(DOCUMENT, 'utf8');

const TYPES = new URL('../../src/config/types.ts', import.meta.url);

const rows = SETTINGS as Readonly<Record<string, Setting<unknown>>>;
const defaultsOf = (path: string) => {
  const row = rows[path];
  return 'value' in row ? row : { value: undefined, inProduction: undefined };
};

test('the tables of docs/configuration.md are those of the source', () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  expect(document).toBe(withTables(document));
  const shown = [...document.matchAll(/<!-- table: ([\w ]+) -->/g)].map(([, name]) => name);
  expect(shown.sort()).toEqual(Object.keys(TABLES).sort());
});

test('what an editor shows of a setting is what its row says: `npm run settings` has written the public types', () => {
  expect(readFileSync(TYPES, 'utf8')).toBe(typesText());
});

test('every default is allowed by its own setting, or says how it comes about', () => {
  for (const path of SETTING_PATHS) {
    const { value, inProduction } = defaultsOf(path);
    expect('value' in rows[path] !== 'derived' in rows[path], path).toBe(true);
    for (const each of [value, inProduction]) {
      if (each === undefined) continue;
      const config = configOf({ [path]: each, 'backends.bridge.target': console });
      expect(() => resolveConfig(config, {}), path).not.toThrow();
    }
  }
});

test('every number has a unit, and every limit of memory says what happens there', () => {
  for (const path of SETTING_PATHS) {
    const { unit, atLimit, origin } = rows[path];
    const { value } = defaultsOf(path);
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
