/**
 * Checks settings against each other. Runs before anything is allocated, on settings that are each valid.
 */

import { METRICS_SECTIONS, RECORD_BACKENDS, SECTIONS } from '../../backends/built-in.ts';
import { absolutePath } from '../../common/absolute-path.ts';
import { plainJson } from '../../common/plain-json.ts';
import { LEVELS } from '../../record.ts';
import { type Problems, shown } from '../../settings/problems.ts';
import { didYouMean } from '../../settings/suggestion.ts';
import type { ResolvedConfig } from '../resolved.ts';
import { runningBackends } from '../running.ts';
import type { SettingPath } from '../settings.ts';
import type { Sources } from '../sources/sources.ts';

/** A routing mask is an int32. */
const MAX_BACKENDS = 31;

/** Capacity of the level board in shared memory, minus room for patterns that `setLevel` adds. */
export const MAX_LEVELS_BYTES = 16_384;

/**
 * `problems` takes the errors of the code. An error of a variable is a warning, and `config` is already without its value.
 */
export function checkTogether(config: ResolvedConfig, sources: Sources, problems: Problems): void {
  const { general } = sources;
  const inCode = (path: SettingPath) => sources.code.values.has(path);

  if (config.overflowShares.some((share, rank) => rank > 0 && share < config.overflowShares[rank - 1])) {
    problems.add(
      'overflow',
      LEVELS.map((level, rank) => `${level} ${config.overflowShares[rank]}`).join(', '),
      `shares that do not decrease from ${LEVELS[0]} to ${LEVELS[LEVELS.length - 1]}`,
    );
  }
  if (inCode('batchSize') && inCode('ringBufferSize') && general.value('batchSize') > general.value('ringBufferSize')) {
    problems.add('batchSize', shown(general.value('batchSize')), `at most ringBufferSize, ${general.value('ringBufferSize')}`);
  }
  const mostKept = Math.floor(general.value('ringBufferSize') / 2);
  if (config.blackBox.records > mostKept) {
    problems.add(
      'blackBox.records',
      shown(config.blackBox.records),
      `at most half of ringBufferSize, ${mostKept}: an error puts them there`,
    );
  }
  if (levelsBytes(config.levels) > MAX_LEVELS_BYTES) {
    problems.add(
      'levels',
      `${Object.keys(config.levels).length} patterns`,
      `at most ${MAX_LEVELS_BYTES} bytes of patterns; use wider ones`,
    );
  }
  checkFiles(config, problems);
  for (const section of SECTIONS) {
    const resolved = (config.backends as unknown as Record<string, unknown>)[section.name];
    section.check?.(resolved, sources.section(section), problems);
  }
  const mostModules = MAX_BACKENDS - RECORD_BACKENDS.length;
  if (config.backends.modules.length > mostModules) {
    problems.add('backends', `${config.backends.modules.length} of your own`, `at most ${mostModules}`);
  }
  checkRouteTargets(config, problems);
}

export function levelsBytes(levels: ResolvedConfig['levels']): number {
  return Buffer.byteLength(plainJson(levels));
}

/** Two backends with one file would mix their lines, and rotate each other's file. */
function checkFiles(config: ResolvedConfig, problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { name, backend, settings } of runningBackends(config)) {
    const path = backend.path?.(settings);
    if (path === undefined) continue;
    const owner = owners.get(absolutePath(path));
    if (owner === undefined) owners.set(absolutePath(path), name);
    else problems.add(`backends.${name}.path`, shown(path), `a path other than that of backends.${owner}`);
  }
}

function checkRouteTargets({ backends }: ResolvedConfig, problems: Problems): void {
  const known = [...RECORD_BACKENDS, ...backends.modules].map(({ name }) => name);
  for (const { path, name } of problems.namedBackends) {
    if (METRICS_SECTIONS.includes(name)) {
      problems.add(path, shown(name), 'a backend that takes records; metrics reach this one by themselves');
    } else if (!known.includes(name)) {
      problems.add(path, shown(name), `a backend: ${known.join(', ')}${didYouMean(name, known)}`);
    }
  }
}
