/**
 * All settings by path, for example `backends.file.keep`: the general ones and those of the backends.
 */
import { SECTIONS as BACKEND_SECTIONS, type Sections } from '../backends/built-in.ts';
import type { Setting, Settled, ValueOf, Variable } from '../settings/setting.ts';
import { variablesOf } from '../settings/setting.ts';
import { GENERAL, type General } from './general.ts';

type Prefixed<Name extends string & keyof Sections> = {
  [Setting in keyof Sections[Name]['rows'] & string as `backends.${Name}.${Setting}`]: ValueOf<Sections[Name]['rows'][Setting]>;
};

type Union<T> = { [Name in keyof T]: T[Name] }[keyof T];
type Intersection<T> = (T extends unknown ? (each: T) => void : never) extends (all: infer All) => void ? All : never;

/** Path → type of the value that a user may give, for example `backends.file.keep` → number. A user's own backends are not among them. */
export type SettingValues = { [Path in keyof General]: ValueOf<General[Path]> } & Intersection<
  Union<{ [Name in keyof Sections & string]: Prefixed<Name> }>
>;

export type SettingPath = keyof SettingValues & string;

/** Path → type after defaults, for the general settings. */
export type SettledGeneral = Settled<General>;

export const SETTINGS = Object.fromEntries([
  ...Object.entries(GENERAL),
  ...BACKEND_SECTIONS.flatMap(({ name, rows }) =>
    Object.entries(rows).map(([setting, row]) => [`backends.${name}.${setting}`, row] as const),
  ),
]) as { readonly [Path in SettingPath]: Setting<SettingValues[Path]> };

export const SETTING_PATHS = Object.keys(SETTINGS) as readonly SettingPath[];

/** Objects of the configuration that hold settings; '' is the configuration itself. */
export const SECTION_PATHS: readonly string[] = [
  '',
  'service',
  'overflow',
  'blackBox',
  'persistence',
  'control',
  'page',
  'backends',
  ...BACKEND_SECTIONS.flatMap(({ name, rows }) => [
    `backends.${name}`,
    ...groupsOf(rows).map((group) => `backends.${name}.${group}`),
  ]),
];

/** Objects in a section: the names in front of the dots of its rows. */
export function groupsOf(rows: Readonly<Record<string, unknown>>): readonly string[] {
  return [...new Set(Object.keys(rows).flatMap((name) => (name.includes('.') ? [name.slice(0, name.indexOf('.'))] : [])))];
}

/** Names that may stand in a section. */
export function namesIn(section: string): readonly string[] {
  const prefix = section === '' ? '' : `${section}.`;
  const names = [...SETTING_PATHS, ...SECTION_PATHS]
    .filter((path) => path !== '' && path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
    .filter((name) => name !== '' && !name.includes('.'));
  return [...new Set(names)];
}

export interface SettingVariable extends Variable {
  readonly path: SettingPath;
}

/** The environment variables that stand for settings, our own first. Of several for one setting, the last that is set wins. */
export const VARIABLES: readonly SettingVariable[] = SETTING_PATHS.flatMap((path) =>
  variablesOf(SETTINGS[path]).map((variable) => ({ ...variable, path })),
).sort((left, right) => Number(right.name.startsWith('HFT_')) - Number(left.name.startsWith('HFT_')));
