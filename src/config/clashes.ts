/**
 * Variables that are right by themselves and do not go together with the rest are ignored with a warning, like any other that cannot be used. What clashes
 * without them is left for validate.ts to refuse.
 */
import { resolve } from 'node:path';
import { defaultFilePath } from './defaults.ts';
import type { SettingPath } from './kinds/setting-values.ts';
import type { Sources } from './sources.ts';
import { levelsBytes, MAX_LEVELS_BYTES } from './validate.ts';

/** Takes such variables out of the environment's layer. Returns the warnings. */
export function withdrawClashes(sources: Sources): string[] {
  const warnings: string[] = [];
  const { code, variables } = sources;
  const withdraw = (name: string, paths: readonly SettingPath[], why: string) => {
    for (const path of paths) variables.values.delete(path);
    warnings.push(`${name} is ignored: ${why}.`);
  };
  const decides = (path: SettingPath) => variables.values.has(path) && !code.values.has(path);

  if (clashingPaths(sources) && decides('backends.file.path')) {
    withdraw('HFT_LOG_FILE', ['backends.file.path', 'backends.file.enabled'], 'it is the file of backends.audit');
  }
  if (clashingPaths(sources) && decides('backends.audit.path')) {
    withdraw('HFT_AUDIT_FILE', ['backends.audit.path', 'backends.audit.enabled'], 'it is the file of backends.file');
  }
  if (variables.values.has('levels') && levelsBytes(sources.joined('levels')) > MAX_LEVELS_BYTES) {
    withdraw('HFT_LOG_LEVELS', ['levels'], `with the levels of the code it has more than ${MAX_LEVELS_BYTES} bytes of patterns`);
  }
  return warnings;
}

function clashingPaths(sources: Sources): boolean {
  const file = sources.given('backends.file.path') ?? defaultFilePath(sources.value('backends.file.format'));
  return resolve(file) === resolve(sources.value('backends.audit.path'));
}
