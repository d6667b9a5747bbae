/**
 * What single settings cannot know: whether they go together. Runs before anything is allocated, on settings that are each right by themselves.
 */

import { resolve } from 'node:path';
import { plainJson } from '../common/plain-json.ts';
import { LEVELS } from '../record.ts';
import { BUILT_IN_BACKENDS, METRIC_BACKENDS, type SettingPath } from './kinds/setting-values.ts';
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { ResolvedConfig } from './resolved.ts';
import type { Sources } from './sources.ts';
import { didYouMean } from './suggestion.ts';

/** A routing mask is an int32. */
const MAX_BACKENDS = 31;

/** What the level board in shared memory holds, less room for patterns that `setLevel` adds. */
export const MAX_LEVELS_BYTES = 16_384;

/**
 * `problems` is for what the code says; what comes about through a variable is a warning, and was put right in `config` already.
 */
export function checkTogether(config: ResolvedConfig, sources: Sources, bridgeTarget: unknown, problems: Problems): void {
  const { backends } = config;
  const inCode = (path: SettingPath) => sources.code.values.has(path);

  const [debug, info, warning, error] = config.overflowShares;
  if (debug > info || info > warning || warning > error) {
    problems.add(
      'overflow',
      LEVELS.map((level, rank) => `${level} ${config.overflowShares[rank]}`).join(', '),
      'shares that do not decrease from debug to error',
    );
  }
  if (inCode('batchSize') && inCode('ringBufferSize') && sources.value('batchSize') > sources.value('ringBufferSize')) {
    problems.add('batchSize', shown(sources.value('batchSize')), `at most ringBufferSize, ${sources.value('ringBufferSize')}`);
  }
  if (levelsBytes(config.levels) > MAX_LEVELS_BYTES) {
    problems.add(
      'levels',
      `${Object.keys(config.levels).length} patterns`,
      `at most ${MAX_LEVELS_BYTES} bytes of patterns; use wider ones`,
    );
  }
  if (backends.file.enabled && backends.audit.enabled && resolve(backends.file.path) === resolve(backends.audit.path)) {
    problems.add('backends.audit.path', shown(backends.audit.path), 'a path other than that of backends.file');
  }
  if (backends.bridge.enabled && bridgeTarget === undefined && !problems.has('backends.bridge.target')) {
    problems.add('backends.bridge.target', 'nothing', 'a function, or a logger');
  }
  for (const [given, missing] of [
    ['clientKey', 'clientCertificate'],
    ['clientCertificate', 'clientKey'],
  ] as const) {
    const path = `backends.otlp.${missing}` as const;
    if (inCode(`backends.otlp.${given}`) && sources.given(path, 'logs') === undefined && !problems.has(path)) {
      problems.add(path, 'nothing', `a path of a PEM file, because there is a ${given}`);
    }
  }
  const taking = BUILT_IN_BACKENDS.length - METRIC_BACKENDS.length;
  if (backends.modules.length > MAX_BACKENDS - taking) {
    problems.add('backends', `${backends.modules.length} of your own`, `at most ${MAX_BACKENDS - taking}`);
  }
  checkRouteTargets(config, problems);
}

export function levelsBytes(levels: ResolvedConfig['levels']): number {
  return Buffer.byteLength(plainJson(levels));
}

function checkRouteTargets({ backends }: ResolvedConfig, problems: Problems): void {
  const own = backends.modules.map(({ name }) => name);
  const known = [...BUILT_IN_BACKENDS.filter((name) => !METRIC_BACKENDS.includes(name)), ...own];
  for (const { path, name } of problems.namedBackends) {
    if (METRIC_BACKENDS.includes(name)) {
      problems.add(path, shown(name), 'a backend that takes records; metrics reach this one by themselves');
    } else if (!known.includes(name)) {
      problems.add(path, shown(name), `a backend: ${known.join(', ')}${didYouMean(name, known)}`);
    }
  }
}
