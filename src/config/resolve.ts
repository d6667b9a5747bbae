/**
 * What the user wrote, the environment's variables, a preset and the defaults → one complete configuration, or every problem at once.
 */
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { clusterWorkerOf } from '../common/cluster-worker.ts';
import { ConfigError } from '../errors.ts';
import { LEVELS } from '../record.ts';
import { adviceOn } from './advice.ts';
import { withdrawClashes } from './clashes.ts';
import { CREDENTIAL_NAMES } from './credential-names.ts';
import { defaultFilePath, ringBytesFor } from './defaults.ts';
import { readEnvironment } from './environment.ts';
import { frozen } from './frozen.ts';
import { emptyLayer, type Layer, readLayer } from './layer.ts';
import { resolveOtlp } from './otlp.ts';
import { PRESETS } from './presets.ts';
import { Problems } from './problems.ts';
import type { ResolvedBackends, ResolvedConfig, ResolvedConsole, ResolvedModule } from './resolved.ts';
import { resolveResource } from './resource.ts';
import { Sources } from './sources.ts';
import type { Environment, LoggingConfig } from './types.ts';
import { checkTogether } from './validate.ts';

export interface Resolution {
  readonly config: ResolvedConfig;
  /** Stays on the main thread. Defined when the bridge is enabled. */
  readonly bridgeTarget: unknown;
  /** Those of `config.warnings` that tell of something ignored or changed: worth saying aloud. The others are advice. */
  readonly ignored: readonly string[];
}

/**
 * Checks everything, allocates nothing. Throws {@link ConfigError} with every problem of `user`; problems of `env` are warnings in the result, and the
 * variable is ignored.
 */
export function resolveConfig(user: LoggingConfig, env: NodeJS.ProcessEnv): Resolution {
  const problems = new Problems();
  const code = readLayer(user, problems);
  const variables = readEnvironment(env);
  const sources = new Sources(code, variables, presetOf(code));
  const clashes = withdrawClashes(sources);
  const bridgeTarget = sources.given('backends.bridge.target');
  const config = complete(sources, env);
  checkTogether(config, sources, bridgeTarget, problems);
  if (problems.count > 0) throw new ConfigError(problems.list());
  const ignored = [...variables.warnings, ...clashes, ...config.warnings];
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
  const warnings: string[] = [];
  const resource = resolveResource(sources);
  const ringBufferSize = sources.value('ringBufferSize');
  let batchSize = sources.value('batchSize');
  if (batchSize > ringBufferSize) {
    warnings.push(`batchSize is lowered to ringBufferSize, ${ringBufferSize}: got ${batchSize}.`);
    batchSize = ringBufferSize;
  }
  return {
    disabled: sources.variables.disabled,
    environment: sources.environment,
    resource,
    instanceId: String(resource['service.instance.id']),
    clusterWorker: clusterWorkerOf(env),
    ringBytes: ringBytesFor(ringBufferSize),
    batchSize,
    flushIntervalMillis: sources.value('flushIntervalMillis'),
    overflowShares: LEVELS.map((level) => sources.value(`overflow.${level}`)),
    level: sources.value('level'),
    levels: sources.joined('levels'),
    redact: sources.value('redact').flatMap((entry) => (entry === '...' ? CREDENTIAL_NAMES : [entry])),
    backends: completeBackends(sources, env, String(resource['service.name'])),
    routes: sources.value('routes'),
    routesMode: sources.value('routesMode'),
    metrics: sources.value('metrics'),
    attributeCountLimit: sources.value('attributeCountLimit'),
    cardinalityLimit: sources.value('cardinalityLimit'),
    exitTimeoutMillis: sources.value('exitTimeoutMillis'),
    handleExits: sources.value('handleExits'),
    diagnosticLevel: sources.value('diagnosticLevel'),
    warnings,
  };
}

/** Backends that run when the configuration names none: something useful, and no audit event lost. */
const UNNAMED: Readonly<Record<Environment, readonly string[]>> = {
  development: ['console'],
  production: ['file', 'audit'],
  test: ['memory'],
};

function completeBackends(sources: Sources, env: NodeJS.ProcessEnv, serviceName: string): ResolvedBackends {
  const enabled = (name: 'console' | 'file' | 'audit' | 'prometheus' | 'histogram' | 'bridge' | 'memory') =>
    sources.given(`backends.${name}.enabled`) ??
    (sources.names(name) || (!sources.namesAny && UNNAMED[sources.environment].includes(name)));
  const format = sources.value('backends.file.format');
  return {
    console: completeConsole(sources, env, enabled('console')),
    file: {
      enabled: enabled('file'),
      level: sources.value('backends.file.level'),
      path: sources.given('backends.file.path') ?? resolve(defaultFilePath(format)),
      format,
      rotation: sources.value('backends.file.rotation'),
      rotationClock: sources.value('backends.file.rotationClock'),
      keep: sources.value('backends.file.keep'),
      bufferBytes: sources.value('backends.file.bufferBytes'),
    },
    audit: {
      enabled: enabled('audit'),
      level: sources.value('backends.audit.level'),
      path: resolve(sources.value('backends.audit.path')),
      format: sources.value('backends.audit.format'),
      rotation: sources.value('backends.audit.rotation'),
      rotationClock: sources.value('backends.audit.rotationClock'),
      bufferBytes: sources.value('backends.audit.bufferBytes'),
    },
    prometheus: {
      enabled: enabled('prometheus'),
      host: sources.value('backends.prometheus.host'),
      port: sources.value('backends.prometheus.port'),
      endpoint: sources.value('backends.prometheus.endpoint'),
      pushGatewayUrl: sources.given('backends.prometheus.pushGatewayUrl'),
      pushIntervalMillis: sources.value('backends.prometheus.pushIntervalMillis'),
      jobName: sources.given('backends.prometheus.jobName') ?? serviceName,
      deleteOnShutdown: sources.value('backends.prometheus.deleteOnShutdown'),
    },
    histogram: {
      enabled: enabled('histogram'),
      percentiles: sources.value('backends.histogram.percentiles'),
      intervalMillis: sources.value('backends.histogram.intervalMillis'),
      windowMillis: sources.value('backends.histogram.windowMillis'),
      format: sources.value('backends.histogram.format'),
      gauges: sources.value('backends.histogram.gauges'),
    },
    otlp: resolveOtlp(sources),
    bridge: { enabled: enabled('bridge'), level: sources.value('backends.bridge.level') },
    memory: {
      enabled: enabled('memory'),
      level: sources.value('backends.memory.level'),
      capacity: sources.value('backends.memory.capacity'),
    },
    modules: completeModules(sources),
  };
}

function completeConsole(sources: Sources, env: NodeJS.ProcessEnv, enabled: boolean): ResolvedConsole {
  const stream = sources.value('backends.console.stream');
  // By descriptor: touching `process.stdout` would open it, which takes milliseconds.
  const terminal = isatty(stream === 'stdout' ? 1 : 2);
  return {
    enabled,
    level: sources.value('backends.console.level'),
    colored: sources.given('backends.console.colored') ?? wantsColours(env, terminal),
    structured: sources.given('backends.console.structured') ?? !terminal,
    stream,
    bufferBytes: sources.value('backends.console.bufferBytes'),
  };
}

/** FORCE_COLOR wins over NO_COLOR, as in Node itself. */
function wantsColours({ FORCE_COLOR, NO_COLOR, TERM }: NodeJS.ProcessEnv, terminal: boolean): boolean {
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (NO_COLOR) return false;
  return terminal && TERM !== 'dumb';
}

function completeModules({ modules }: Sources): readonly ResolvedModule[] {
  return [...modules].map(([name, { module, enabled = true, level = 'debug', options }]) => ({
    name,
    enabled,
    level,
    module: String(module),
    options,
  }));
}
