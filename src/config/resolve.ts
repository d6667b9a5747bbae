/**
 * Merges the user's configuration, environment variables, a preset and the defaults into one complete configuration, or reports every problem at once.
 */
import { SECTIONS } from '../backends/built-in.ts';
import type { ResolvedModule } from '../backends/module/settings.ts';
import { absolutePath } from '../common/absolute-path.ts';
import { CREDENTIAL_NAMES } from '../common/credential-names.ts';
import { clusterWorkerOf } from '../common/process/cluster-worker.ts';
import { ConfigError } from '../errors.ts';
import { LEVELS, type Level } from '../record.ts';
import { DEFAULT_NAMES } from '../settings/kinds/value-kinds.ts';
import { Problems } from '../settings/problems.ts';
import { adviceOn } from './checks/advice.ts';
import { withdrawClashes } from './checks/clashes.ts';
import { withdrawUnfit } from './checks/unfit-variables.ts';
import { checkTogether } from './checks/validate.ts';
import { ringBytesFor } from './defaults.ts';
import { frozen } from './frozen.ts';
import { GENERAL } from './general.ts';
import type { Composed, ResolvedBackends, ResolvedConfig } from './resolved.ts';
import { isInstanceIdGiven, resolveResource } from './resource.ts';
import type { SettledGeneral } from './settings.ts';
import { readEnvironment } from './sources/environment.ts';
import { emptyLayer, type Layer, readLayer } from './sources/layer.ts';
import { PRESETS } from './sources/presets.ts';
import { Sources } from './sources/sources.ts';
import type { LoggingConfig } from './types.ts';

export interface Resolution {
  readonly config: ResolvedConfig;
  /** Stays on the main thread. Defined when the bridge is enabled. */
  readonly bridgeTarget: unknown;
  /** The part of `config.warnings` that reports something ignored or changed, and becomes process warnings. The rest is advice. */
  readonly ignored: readonly string[];
}

/**
 * Checks everything, allocates nothing. Throws {@link ConfigError} with every problem of `user`; problems of `env` are warnings in the result, and the
 * variable is ignored.
 */
export function resolveConfig<Own extends string = never>(user: LoggingConfig<Own>, env: NodeJS.ProcessEnv): Resolution {
  const problems = new Problems();
  const code = readLayer(user, problems);
  const variables = readEnvironment(env);
  const sources = new Sources(code, variables, presetOf(code));
  const clashes = withdrawClashes(sources, env);
  const bridgeTarget = sources.given('backends.bridge.target');
  let config = complete(sources, env);
  const issuesOf = (checked: ResolvedConfig) => {
    const found = problems.ofOthers();
    checkTogether(checked, sources, found);
    return found.list();
  };
  const issues = issuesOf(config);
  const unfit = withdrawUnfit(sources, issues, () => issuesOf(complete(sources, env)));
  if (unfit.length > 0) config = complete(sources, env);
  // Most configurations have no such problem, and are checked once.
  if (issues.length > 0) checkTogether(config, sources, problems);
  if (problems.count > 0) throw new ConfigError(problems.list());
  const ignored = [...variables.warnings, ...clashes, ...unfit, ...config.warnings];
  const warnings = [...ignored, ...adviceOn(config, sources)];
  return {
    config: frozen({ ...config, warnings }),
    bridgeTarget: config.backends.bridge.enabled ? bridgeTarget : undefined,
    ignored,
  };
}

function presetOf({ values }: Layer): Layer {
  const name = values.get('preset') as keyof typeof PRESETS | undefined;
  return name === undefined ? emptyLayer() : readLayer(PRESETS[name], new Problems());
}

function complete(sources: Sources, env: NodeJS.ProcessEnv): ResolvedConfig {
  const { general } = sources;
  const warnings: string[] = [];
  const redact = general.value('redact').flatMap((entry) => (entry === DEFAULT_NAMES ? CREDENTIAL_NAMES : [entry]));
  const resource = resolveResource(sources, redact, { texts: general.value('redactTexts') });
  const ringBufferSize = general.value('ringBufferSize');
  let batchSize = general.value('batchSize');
  if (batchSize > ringBufferSize) {
    warnings.push(`batchSize is lowered to ringBufferSize, ${ringBufferSize}: got ${batchSize}.`);
    batchSize = ringBufferSize;
  }
  return {
    ...plainSettings(general.settled()),
    disabled: sources.variables.disabled,
    environment: sources.environment,
    resource,
    instanceId: String(resource['service.instance.id']),
    isInstanceIdGiven: isInstanceIdGiven(sources),
    clusterWorker: clusterWorkerOf(env),
    blackBox: { records: general.value('blackBox.records') },
    persistence: persistenceOf(sources),
    control: controlOf(sources),
    page: pageOf(sources),
    ringBytes: ringBytesFor(ringBufferSize),
    batchSize,
    overflowShares: sharesOf(sources),
    levels: general.joined('levels'),
    redact,
    backends: completeBackends(sources, env, String(resource['service.name'])),
    warnings,
  };
}

const COMPOSED = /^(?:preset|environment|resource|ringBufferSize|(?:service|overflow|blackBox|persistence|control|page)\..*)$/;

/** Settings that are resolved by their row alone. */
function plainSettings(settled: SettledGeneral): Omit<SettledGeneral, Composed> {
  const names = Object.keys(GENERAL).filter((name) => !COMPOSED.test(name)) as (keyof SettledGeneral)[];
  return Object.fromEntries(names.map((name) => [name, settled[name]])) as unknown as Omit<SettledGeneral, Composed>;
}

function persistenceOf({ general, code, variables }: Sources): ResolvedConfig['persistence'] {
  const directory = general.given('persistence.directory');
  return {
    enabled: general.value('persistence.enabled'),
    directory: directory === undefined ? undefined : absolutePath(directory),
    isRequired: [code, variables].some(({ values }) => values.get('persistence.enabled') === true),
  };
}

function controlOf({ general }: Sources): ResolvedConfig['control'] {
  const directory = general.given('control.directory');
  return { enabled: general.value('control.enabled'), directory: directory === undefined ? undefined : absolutePath(directory) };
}

function pageOf({ general }: Sources): ResolvedConfig['page'] {
  return {
    port: general.given('page.port'),
    host: general.value('page.host'),
    token: general.given('page.token'),
    allowedHosts: general.value('page.allowedHosts'),
  };
}

/** Default shares yield to given ones: a user who lowers one level's share need not lower the levels below it as well. */
function sharesOf(sources: Sources): readonly number[] {
  const { general } = sources;
  const given = LEVELS.map((level) => general.given(`overflow.${level}`));
  return LEVELS.map((level, rank) => {
    const least = Math.max(0, ...given.slice(0, rank).filter((share) => share !== undefined));
    const most = Math.min(1, ...given.slice(rank + 1).filter((share) => share !== undefined));
    return given[rank] ?? Math.min(Math.max(general.value(`overflow.${level}`), least), most);
  });
}

function completeBackends(sources: Sources, env: NodeJS.ProcessEnv, serviceName: string): ResolvedBackends {
  const resolved = SECTIONS.map((section) => [
    section.name,
    section.resolve(sources.section(section), sources.contextOf(section, env, serviceName)),
  ]);
  return { ...Object.fromEntries(resolved), modules: completeModules(sources) } as ResolvedBackends;
}

function completeModules({ modules }: Sources): readonly ResolvedModule[] {
  return [...modules].map(([name, { module, enabled = true, level = 'trace', failover = [], options }]) => ({
    name,
    enabled,
    level: level as Level,
    failover,
    module: String(module),
    options,
  }));
}
