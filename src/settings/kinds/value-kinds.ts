/**
 * Kinds of settings with a form of their own: headers, attributes, patterns, routes, metric rules, bridge targets, module options.
 */
import { type BridgeTarget, isBridgeTarget, METHOD_NAMES } from '../../contract/bridge-target.ts';
import { LANES, type Lane, LEVEL_COUNT, LEVELS, type Level, readLevel } from '../../record.ts';
import { parseEntry } from '../../redaction/entry.ts';
import { ownValue, UNREADABLE } from '../guarded.ts';
import { kindOf, type Problems, shown } from '../problems.ts';
import type { Environment, MetricRule, Rotation, RouteCondition, RouteRule, SamplingRule } from '../vocabulary.ts';
import { either, listOf, mapOf, members } from './composite-kinds.ts';
import { above, boolean, finite, integer, type Kind, kind, named, oneOf, text } from './kinds.ts';

export const ENVIRONMENTS = ['development', 'production', 'test'] as const satisfies readonly Environment[];

export const environment: Kind<Environment> = named('Environment', oneOf(ENVIRONMENTS));

const exactLevel = oneOf(LEVELS);

/** As people write it: in any case, and `warn` for `warning`. */
export const level: Kind<Level> = named('LevelName', {
  ...exactLevel,
  read: (value, path, problems) => readLevel(value) ?? exactLevel.read(value, path, problems),
  fromText: (text) => readLevel(text) ?? text,
});

/** Logger and metric names and their patterns. */
export const pattern: Kind<string> = text(255, 'a name, with * for any run of characters,');

const isText = (value: unknown) => typeof value === 'string';

const condition: Kind<RouteCondition> = members<RouteCondition>(
  {
    level: either<Level, readonly Level[]>(level, listOf(level, LEVEL_COUNT, 1), isText),
    type: either<Lane, readonly Lane[]>(oneOf(LANES), listOf(oneOf(LANES), 2, 1), isText),
    tags: listOf(text(255), 32, 1),
    logger: pattern,
    environment: either<Environment, readonly Environment[]>(environment, listOf(environment, 3, 1), isText),
  },
  [],
);

/** A backend that takes records; whether there is one of this name is checked when all settings are read. */
export const backendName: Kind<string> = noted(text(64, 'a name of a backend'));

function noted(plain: Kind<string>): Kind<string> {
  return {
    ...plain,
    read(value, path, problems) {
      const name = plain.read(value, path, problems);
      if (name !== undefined) problems.namedBackends.push({ path, name });
      return name;
    },
  };
}

/** Stands for the default list of credential names. */
export const DEFAULT_NAMES = '...';

const entryText = text(255);

/** A name or path of `redact`. An entry that cannot be understood is refused, with a spelling that works, and not ignored. */
export const redactEntry: Kind<string> = {
  ...entryText,
  read(value, path, problems) {
    const entry = entryText.read(value, path, problems);
    if (entry === undefined || entry === DEFAULT_NAMES) return entry;
    const parsed = parseEntry(entry);
    if (!('problem' in parsed)) return entry;
    problems.add(path, shown(value), parsed.problem);
    return undefined;
  },
};

export const routeRule: Kind<RouteRule> = named(
  'RouteRule',
  members<RouteRule>({ when: condition, to: listOf(backendName, 31), final: boolean }, ['when', 'to']),
);

/** Upper bounds of buckets: OpenMetrics wants them increasing, and `+Inf` is added by itself. */
const buckets: Kind<readonly number[]> = increasing(listOf(finite, 500, 1), 'in increasing order');

function increasing(list: Kind<readonly number[]>, how: string): Kind<readonly number[]> {
  return {
    expected: `${list.expected}, ${how}`,
    type: list.type,
    read(value, path, problems) {
      const numbers = list.read(value, path, problems);
      if (numbers === undefined || numbers.every((number, i) => i === 0 || number > numbers[i - 1])) return numbers;
      problems.add(path, `[${numbers.slice(0, 8).join(', ')}${numbers.length > 8 ? ', …' : ''}]`, `numbers ${how}`);
      return undefined;
    },
  };
}

export const metricRule: Kind<MetricRule> = named(
  'MetricRule',
  members<MetricRule>(
    {
      match: pattern,
      aggregation: oneOf(['counter', 'gauge', 'histogram', 'drop'] as const),
      buckets,
      tags: listOf(text(255), 64),
    },
    ['match'],
  ),
);

export const samplingRule: Kind<SamplingRule> = named(
  'SamplingRule',
  members<SamplingRule>(
    {
      logger: pattern,
      upTo: level,
      first: integer(0, 1_000_000, 'records'),
      every: integer(0, 1_000_000_000, 'records'),
      perMillis: integer(1, 86_400_000, 'ms'),
      traces: above(0, 1),
    },
    [],
  ),
);

/** 1 KiB: below it each line would get a file. 1 TiB: a larger number is a mistake. */
export const rotation: Kind<Rotation> = named(
  'Rotation',
  either<'none' | 'daily' | 'hourly', { readonly bytes: number }>(
    oneOf(['none', 'daily', 'hourly'] as const),
    members<{ readonly bytes: number }>({ bytes: integer(1024, 2 ** 40, 'bytes') }, ['bytes']),
    isText,
  ),
);

/** Headers that the transport sets by itself, or that would break its framing. */
const RESERVED_HEADERS = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'host',
  'upgrade',
]);

/** Field names are kept in lower case: code and environment may spell the same header differently. */
const headerName: Kind<string> = kind(
  'string',
  'a header name (RFC 9110 token) that the transport does not set itself',
  (value) => {
    const name = String(value).toLowerCase();
    return /^[!#$%&'*+\-.^_`|~0-9a-z]{1,255}$/.test(name) && !RESERVED_HEADERS.has(name) ? name : undefined;
  },
);

/** Never shown. */
const headerValue: Kind<string> = {
  expected: 'a text of at most 8192 visible characters',
  type: 'string',
  read(value, path, problems) {
    if (typeof value === 'string' && value.length <= 8192 && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
    problems.add(path, `${kindOf(value)} (not shown)`, this.expected);
    return undefined;
  },
};

export const headers: Kind<Readonly<Record<string, string>>> = mapOf(headerName, headerValue, 64);

const attributeValue: Kind<string | number | boolean> = kind(
  'string | number | boolean',
  'a text, a finite number or a boolean',
  (value) =>
    (typeof value === 'string' && value.length <= 4096) || typeof value === 'boolean' || Number.isFinite(value)
      ? (value as string)
      : undefined,
);

export const attributes: Kind<Readonly<Record<string, string | number | boolean>>> = mapOf(
  text(255, 'an attribute name'),
  attributeValue,
  128,
);

export const levels: Kind<Readonly<Record<string, Level>>> = mapOf(pattern, level, 256);

/** Uses the bridge's own check. */
export const bridgeTarget: Kind<BridgeTarget> = {
  expected: 'a function, or a logger with the methods debug, info, warn or warning, error',
  type: 'BridgeTarget',
  read(value, path, problems) {
    if (isTarget(value)) return value;
    if (typeof value !== 'object' || value === null) problems.add(path, kindOf(value), this.expected);
    else {
      const missing = missingMethods(value, path, problems);
      // A method that could not be read is not reported as missing: that is a problem of its own already.
      if (missing !== '') problems.add(path, `${kindOf(value)} without ${missing}`, this.expected);
    }
    return undefined;
  },
};

function isTarget(value: unknown): value is BridgeTarget {
  try {
    return isBridgeTarget(value);
  } catch {
    return false;
  }
}

function missingMethods(target: object, path: string, problems: Problems): string {
  const has = (name: string) => {
    const method = ownValue(target, name, `${path}.${name}`, problems);
    return method === UNREADABLE || typeof method === 'function';
  };
  const missing = Object.values(METHOD_NAMES).filter((names) => !names.some(has));
  return missing.map(([name]) => name).join(', ');
}

/** It is sent to another thread. A copy is made now, so that a value that cannot be copied is a problem of the configuration, not of the worker. */
export const cloneable: Kind<unknown> = {
  type: 'unknown',
  expected: 'a value that structuredClone takes: no functions, no class instances that matter',
  read(value, path, problems) {
    try {
      return structuredClone(value);
    } catch (error) {
      problems.add(path, `${kindOf(value)} (${error instanceof Error ? error.name : 'not cloneable'})`, this.expected);
      return undefined;
    }
  },
};
