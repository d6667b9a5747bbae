/**
 * A variable can be valid by itself and clash with other settings. It is then ignored with a warning, as any other variable that cannot be used. Here are the
 * clashes whose warning says more than the check itself, and the one in which the variable is kept; unfit-variables.ts finds all others. validate.ts refuses
 * clashes without variables.
 */
import { auditSection } from '../../backends/audit/settings.ts';
import { RECORD_BACKENDS } from '../../backends/built-in.ts';
import type { RecordSettings } from '../../backends/descriptor.ts';
import { absolutePath } from '../../common/absolute-path.ts';
import { type SettingPath, VARIABLES } from '../settings.ts';
import type { Sources } from '../sources/sources.ts';
import { levelsBytes, MAX_LEVELS_BYTES } from './validate.ts';

/** Removes clashing variables from the environment's layer. Returns the warnings. */
export function withdrawClashes(sources: Sources, env: NodeJS.ProcessEnv): string[] {
  const warnings: string[] = [];
  const { variables } = sources;
  const pathOf = (backend: (typeof RECORD_BACKENDS)[number]) => {
    const { section } = backend;
    const settings = section.resolve(sources.section(section), sources.contextOf(section, env, '')) as RecordSettings;
    return backend.path === undefined ? undefined : absolutePath(backend.path(settings));
  };
  for (const backend of RECORD_BACKENDS) {
    const setting = `backends.${backend.name}.path` as SettingPath;
    if (!variables.values.has(setting) || sources.code.values.has(setting)) continue;
    const other = RECORD_BACKENDS.find((each) => each !== backend && each.path !== undefined && pathOf(each) === pathOf(backend));
    if (other === undefined) continue;
    variables.values.delete(setting);
    variables.values.delete(`backends.${backend.name}.enabled` as SettingPath);
    const { name } = VARIABLES.find(({ path }) => path === setting)!;
    warnings.push(`${name} is ignored: it is the file of backends.${other.name}.`);
  }
  if (variables.values.has('levels') && levelsBytes(sources.general.joined('levels')) > MAX_LEVELS_BYTES) {
    variables.values.delete('levels');
    warnings.push(
      `HFT_LOG_LEVELS is ignored: with the levels of the code it has more than ${MAX_LEVELS_BYTES} bytes of patterns.`,
    );
  }
  warnings.push(...tooFewWitnesses(sources, env));
  return warnings;
}

/**
 * Without these witnesses nobody would cosign, and with a lower quorum fewer would count than the code asks for. So both stay as they are: the service starts,
 * no line counts as cosigned, and the alert for that fires.
 */
function tooFewWitnesses(sources: Sources, env: NodeJS.ProcessEnv): readonly string[] {
  const given = sources.section(auditSection);
  if (given.givenBy('code', 'witnesses') !== undefined || given.givenBy('variables', 'witnesses') === undefined) return [];
  const { witnesses, witnessQuorum } = auditSection.resolve(given, sources.contextOf(auditSection, env, ''));
  if (witnesses.length === 0 || witnesses.length >= witnessQuorum) return [];
  return [
    `HFT_AUDIT_WITNESSES names ${witnesses.length} of the ${witnessQuorum} witnesses that backends.audit.witnessQuorum asks for: no line counts as cosigned until it names more.`,
  ];
}
