/**
 * The tables of docs/configuration.md, made from the tables of the source.
 */
import { SECTIONS } from '../../src/backends/built-in.ts';
import { CREDENTIAL_NAMES } from '../../src/common/credential-names.ts';
import { SETTING_PATHS, SETTINGS, type SettingPath, VARIABLES } from '../../src/config/settings.ts';
import { PRESETS } from '../../src/config/sources/presets.ts';
import { SPECIAL_VARIABLES, UNSUPPORTED_VARIABLES } from '../../src/config/sources/variables.ts';
import { type Setting, variablesOf } from '../../src/settings/setting.ts';

const inSection = (path: SettingPath, section: string) =>
  section === '' ? !path.startsWith('backends.') : path.startsWith(`backends.${section}.`);

function settingsTable(section: string): string {
  const rows = SETTING_PATHS.filter((path) => inSection(path, section)).map((path) => {
    const row: Setting<unknown> = SETTINGS[path];
    const name = section === '' ? path : path.slice(`backends.${section}.`.length);
    return [
      `\`${name}\``,
      `${row.meaning}${variableNames(row)}`,
      row.kind.expected,
      defaultOf(row),
      row.origin ?? '',
      row.atLimit ?? '',
    ];
  });
  return table(['setting', 'meaning', 'allowed', 'default', 'origin', 'at the limit'], rows);
}

function variableNames(row: Setting<unknown>): string {
  const names = variablesOf(row).map(({ name }) => `\`${name}\``);
  return names.length === 0 ? '' : ` ${names.join(', ')}.`;
}

function defaultOf(row: Setting<unknown>): string {
  if (!('value' in row)) return row.derived;
  const { value, inProduction, unit } = row;
  const said = value === CREDENTIAL_NAMES ? 'the list below' : `\`${JSON.stringify(value)}\``;
  const production = inProduction === undefined ? '' : `; in production \`${JSON.stringify(inProduction)}\``;
  return `${said}${unit === undefined ? '' : ` ${unit}`}${production}`;
}

function variablesTable(): string {
  const settings = VARIABLES.map(({ name, path, signal }) => [
    `\`${name}\``,
    `\`${path}\`${signal ? `, for ${signal} only` : ''}`,
  ]);
  const special = Object.entries(SPECIAL_VARIABLES).map(([name, meaning]) => [`\`${name}\``, meaning]);
  const unsupported = Object.entries(UNSUPPORTED_VARIABLES).map(([name, remedy]) => [
    `\`${name}\``,
    `no effect, with a warning: ${remedy}`,
  ]);
  return table(['variable', 'setting'], [...settings, ...special, ...unsupported]);
}

function presetsTable(): string {
  const flat = (value: unknown, path: string): [string, string][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([name, member]) => flat(member, path === '' ? name : `${path}.${name}`))
      : [[path, `\`${JSON.stringify(value)}\``]];
  const development = new Map(flat(PRESETS.development, ''));
  const production = new Map(flat(PRESETS.production, ''));
  const paths = SETTING_PATHS.filter((path) => development.has(path) || production.has(path));
  return table(
    ['setting', 'development', 'production'],
    paths.map((path) => [`\`${path}\``, development.get(path) ?? '', production.get(path) ?? '']),
  );
}

/** Columns in which nothing stands are left out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, column) => rows.some((row) => row[column] !== ''));
  const line = (cells: readonly string[]) =>
    `| ${cells
      .filter((_, column) => used[column])
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** By the name in `<!-- table: name -->`. */
export const TABLES: Readonly<Record<string, string>> = {
  general: settingsTable(''),
  ...Object.fromEntries(SECTIONS.map(({ name }) => [name, settingsTable(name)])),
  presets: presetsTable(),
  variables: variablesTable(),
  credentials: CREDENTIAL_NAMES.map((name) => `\`${name}\``).join(' '),
};

/** The text with each table between its marks replaced by what it should be. */
export function withTables(text: string): string {
  return text.replace(/(<!-- table: ([\w ]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_all, begin: string, name: string, end: string) => {
    if (TABLES[name] === undefined) throw new Error(`docs/configuration.md asks for a table "${name}", which does not exist`);
    return `${begin}${TABLES[name]}\n${end}`;
  });
}
