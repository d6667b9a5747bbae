/**
 * Environment variables → settings, by the rules of OpenTelemetry's specification ("Environment Variable Specification"): empty means unset, the words of
 * enumerations and booleans are taken in any case, and a value that cannot be used is ignored with a warning. No variable prevents a program from starting.
 */

import { SECTIONS } from '../../backends/built-in.ts';
import { integer, type Kind, kind } from '../../settings/kinds/kinds.ts';
import { ENVIRONMENTS } from '../../settings/kinds/value-kinds.ts';
import { kindOf, Problems, shown } from '../../settings/problems.ts';
import type { Signal } from '../../settings/setting.ts';
import { nearest } from '../../settings/suggestion.ts';
import type { Environment } from '../../settings/vocabulary.ts';
import { SETTINGS, type SettingPath, VARIABLES } from '../settings.ts';
import { emptyLayer, type Layer } from './layer.ts';
import { UNSUPPORTED_VARIABLES } from './variables.ts';

export interface EnvironmentLayer extends Layer {
  /** OTEL_SDK_DISABLED. */
  readonly disabled: boolean;
  readonly nodeEnvironment: Environment | undefined;
  /** Settings for one signal only. */
  readonly signals: Readonly<Record<Signal, Map<SettingPath, unknown>>>;
  /** Exporters named by OTEL_LOGS_EXPORTER and OTEL_METRICS_EXPORTER; undefined when unset. */
  readonly exporters: Readonly<Record<Signal, readonly string[] | undefined>>;
  /** OTEL_BLRP_EXPORT_TIMEOUT and OTEL_METRIC_EXPORT_TIMEOUT, in ms. */
  readonly exportTimeouts: Readonly<Record<Signal, number | undefined>>;
  readonly warnings: readonly string[];
}

const timeout = integer(1, 3_600_000, 'ms');
const EXPORTERS: Readonly<Record<Signal, readonly string[]>> = { logs: exporterWords('logs'), metrics: exporterWords('metrics') };

function exporterWords(signal: Signal): readonly string[] {
  const ofSections = SECTIONS.flatMap(({ exporter }) => (exporter?.signal === signal ? [exporter.word] : []));
  return ['otlp', ...ofSections, 'none'];
}

export function readEnvironment(env: NodeJS.ProcessEnv): EnvironmentLayer {
  const layer = emptyLayer();
  const signals = { logs: new Map<SettingPath, unknown>(), metrics: new Map<SettingPath, unknown>() };
  const warnings: string[] = [];

  const started: SettingPath[] = [];
  for (const { name, path, signal, starts } of VARIABLES) {
    const value = readVariable<unknown>(env, name, SETTINGS[path].kind, warnings);
    if (value === undefined) continue;
    (signal ? signals[signal] : layer.values).set(path, value);
    if (starts === true) started.push(enabledBeside(path));
  }
  for (const [name, remedy] of Object.entries(UNSUPPORTED_VARIABLES)) {
    if (textOf(env, name) !== undefined) warnings.push(`${name} has no effect: ${remedy}.`);
  }
  warnings.push(...misspelt(env));

  const exporters = {
    logs: readExporters(env, 'OTEL_LOGS_EXPORTER', EXPORTERS.logs, warnings),
    metrics: readExporters(env, 'OTEL_METRICS_EXPORTER', EXPORTERS.metrics, warnings),
  };
  for (const { name, exporter } of SECTIONS) {
    const named = exporter && exporters[exporter.signal];
    if (exporter === undefined || named === undefined) continue;
    const isNamed = named.includes(exporter.word);
    if (isNamed || exporter.decides) layer.values.set(`backends.${name}.enabled` as SettingPath, isNamed);
  }
  for (const path of started) layer.values.set(path, true);

  return {
    ...layer,
    disabled: isDisabled(env, warnings),
    nodeEnvironment: ENVIRONMENTS.find((environment) => environment === textOf(env, 'NODE_ENV')),
    signals,
    exporters,
    exportTimeouts: {
      logs: readVariable(env, 'OTEL_BLRP_EXPORT_TIMEOUT', timeout, warnings),
      metrics: readVariable(env, 'OTEL_METRIC_EXPORT_TIMEOUT', timeout, warnings),
    },
    warnings,
  };
}

/** The setting `enabled` of the same section. */
export function enabledBeside(path: SettingPath): SettingPath {
  return `${path.slice(0, path.lastIndexOf('.'))}.enabled` as SettingPath;
}

const OWN_VARIABLES = VARIABLES.map(({ name }) => name).filter((name) => name.startsWith('HFT_'));

/** Warns of variables that are nearly one of ours. Only names with our prefix are compared: OpenTelemetry has many variables that we do not read. */
function misspelt(env: NodeJS.ProcessEnv): string[] {
  const strangers = Object.keys(env).filter((name) => name.startsWith('HFT_') && !OWN_VARIABLES.includes(name));
  return strangers.flatMap((name) => {
    const meant = nearest(name, OWN_VARIABLES, 2);
    return meant === undefined ? [] : [`${name} has no effect: there is no such variable (did you mean ${meant}?).`];
  });
}

/** OTEL_SDK_DISABLED. */
export function isDisabled(env: NodeJS.ProcessEnv, warnings: string[] = []): boolean {
  return readVariable(env, 'OTEL_SDK_DISABLED', flag, warnings) ?? false;
}

const flag: Kind<boolean> = kind(
  'boolean',
  'true or false',
  (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
  (text) => text.toLowerCase(),
);

function textOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = Object.hasOwn(env, name) ? env[name]?.trim() : undefined;
  return text === '' ? undefined : text;
}

function readVariable<T>(env: NodeJS.ProcessEnv, name: string, expected: Kind<T>, warnings: string[]): T | undefined {
  const text = textOf(env, name);
  if (text === undefined) return undefined;
  const parsed = expected.fromText ? expected.fromText(text) : text;
  if (parsed === text && expected.textForm !== undefined) {
    warnings.push(`${name} is ignored: got ${kindOf(text)}, expected ${expected.textForm}.`);
    return undefined;
  }
  const problems = new Problems();
  const value = expected.read(parsed, name, problems);
  for (const issue of problems.list()) warnings.push(`${issue.path} is ignored: got ${issue.value}, expected ${issue.expected}.`);
  return value ?? (Array.isArray(parsed) ? usableOf(parsed, name, expected, problems) : undefined);
}

/** A list without the entries that have a problem; undefined when that leaves none, or the list itself has one. */
function usableOf<T>(list: readonly unknown[], name: string, expected: Kind<T>, problems: Problems): T | undefined {
  const usable = list.filter((_, index) => !problems.has(`${name}[${index}]`));
  return problems.has(name) || usable.length === 0 ? undefined : expected.read(usable, name, new Problems());
}

function readExporters(
  env: NodeJS.ProcessEnv,
  name: string,
  known: readonly string[],
  warnings: string[],
): readonly string[] | undefined {
  const words = textOf(env, name)
    ?.split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
  if (words === undefined) return undefined;
  const usable = words.filter((word) => known.includes(word));
  for (const word of words) {
    if (!known.includes(word))
      warnings.push(`${name}: ${shown(word)} is ignored, expected one of ${known.map((each) => `"${each}"`).join(', ')}.`);
  }
  return usable.length > 0 ? usable : undefined;
}
