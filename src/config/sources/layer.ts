/**
 * One source of settings (the code, a preset), read into a flat map: path → checked value. A flat map makes precedence a look-up, and keeps inherited
 * properties (a polluted `Object.prototype`) from being read as settings.
 */

import { SECTIONS } from '../../backends/built-in.ts';
import { entriesOf, pathTo } from '../../settings/guarded.ts';
import { listOf, members } from '../../settings/kinds/composite-kinds.ts';
import { boolean, type Kind } from '../../settings/kinds/kinds.ts';
import { moduleSpecifier } from '../../settings/kinds/place-kinds.ts';
import { backendName, cloneable, level } from '../../settings/kinds/value-kinds.ts';
import { kindOf, type Problems } from '../../settings/problems.ts';
import { nearest } from '../../settings/suggestion.ts';
import type { ModuleConfig } from '../../settings/vocabulary.ts';
import { namesIn, SECTION_PATHS, SETTING_PATHS, SETTINGS, type SettingPath } from '../settings.ts';
import type { LoggingConfig } from '../types.ts';

export interface Layer {
  readonly values: Map<SettingPath, unknown>;
  /** Backends that have a section here. */
  readonly backends: Set<string>;
  /** The user's own, by name. */
  readonly modules: Map<string, ModuleConfig>;
}

export function emptyLayer(): Layer {
  return { values: new Map(), backends: new Set(), modules: new Map() };
}

export function readLayer(config: LoggingConfig, problems: Problems): Layer {
  const layer = emptyLayer();
  readSection('', config, layer, problems);
  return layer;
}

const SECTIONS_BY_PATH = new Set(SECTION_PATHS);

function readSection(section: string, value: unknown, layer: Layer, problems: Problems): void {
  const entries = entriesOf(value, section, problems, expectedOf(section));
  if (entries === undefined) return;
  const [, backend] = /^backends\.([^.]+)$/.exec(section) ?? [];
  if (backend !== undefined) layer.backends.add(backend);
  for (const [name, item] of entries) {
    if (item === undefined) continue;
    const path = section === '' ? name : `${section}.${name}`;
    if (SECTIONS_BY_PATH.has(path) && !name.includes('.')) {
      readSection(path, item, layer, problems);
    } else if (Object.hasOwn(SETTINGS, path) && !name.includes('.')) {
      const read = SETTINGS[path as SettingPath].kind.read(item, path, problems);
      if (read !== undefined) layer.values.set(path as SettingPath, read);
    } else if (section === 'backends' && isOwnBackend(item)) {
      readOwnBackend(name, item, layer, problems);
    } else {
      problems.add(pathTo(section, name), kindOf(item), problems.isFull ? '' : unknownName(section, name));
    }
  }
}

function expectedOf(section: string): string {
  if (section === '') return 'an object with settings';
  return `an object with ${namesIn(section).slice(0, 3).join(', ')}, …${/^backends\.[^.]+$/.test(section) ? '; {} runs the backend with its defaults, { enabled: false } turns it off' : ''}`;
}

/** The value of an unknown name is not shown: it may be a credential. */
function unknownName(section: string, name: string): string {
  const own = section === 'backends' ? '; a backend of your own has a `module`' : '';
  return `a setting that exists${hint(section, name)}${own}`;
}

/** Paths that a hint names, of those that end in the same name. */
const MOST_NAMED = 3;

/** The nearest name in the same section, or else the paths of settings with exactly this name. */
function hint(section: string, name: string): string {
  const path = section === '' ? name : `${section}.${name}`;
  if (Object.hasOwn(SETTINGS, path) || SECTIONS_BY_PATH.has(path)) return ' (write it as objects in objects, without dots)';
  const word = name.slice(name.lastIndexOf('.') + 1);
  const near = nearest(word, namesIn(section));
  const elsewhere = [...SETTING_PATHS, ...SECTION_PATHS].filter((path) => path.endsWith(`.${word}`));
  const meant = near === undefined ? elsewhere.slice(0, MOST_NAMED) : [near];
  return meant.length === 0 ? '' : ` (did you mean ${meant.map((path) => `"${path}"`).join(' or ')}?)`;
}

/** Looks for the property without reading it: the check reads it. */
function isOwnBackend(value: unknown): value is object {
  try {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'module');
  } catch {
    return false;
  }
}

const OWN_BACKEND: Kind<ModuleConfig> = members<ModuleConfig>(
  { module: moduleSpecifier, enabled: boolean, level, failover: listOf(backendName, 31), options: cloneable as Kind<object> },
  ['module'],
);

/** Names are keys in health(), tags of metrics and names of shared memory. */
const BACKEND_NAME = /^[A-Za-z][\w-]{0,63}$/;

function readOwnBackend(name: string, value: object, layer: Layer, problems: Problems): void {
  const path = pathTo('backends', name);
  if (!BACKEND_NAME.test(name) || SECTIONS.some((section) => section.name === name.toLowerCase())) {
    problems.add(
      path,
      'this name',
      'a name of letters, digits, "_" and "-", starting with a letter, at most 64, other than those of the built-in backends',
    );
    return;
  }
  const read = OWN_BACKEND.read(value, path, problems);
  if (read !== undefined) layer.modules.set(name, read);
}
