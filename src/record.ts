/**
 * The nouns of the house: records, levels, lanes, tags. Imports nothing.
 */

/** The levels of the API, from least to most severe. */
export type Level = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'fatal';

/** A level as callers name it. */
export type LevelName = Level | 'warn';

/** Everything that is known of a level. All code that depends on levels (shared memory, text lines, routes, methods) reads this table. */
export interface LevelFacts {
  readonly name: Level;
  /** OpenTelemetry's severity number: the first of the level's range (logs data model, "Severity Fields"). */
  readonly severityNumber: number;
  /** OpenTelemetry's severity text. */
  readonly severityText: string;
  /** Five columns in text lines. */
  readonly column: string;
  /** Select Graphic Rendition parameters of its colour: one of the sixteen basic ones, which every terminal shows and its user has chosen. */
  readonly color: string;
  /** Methods under which other loggers know it, the usual one first. */
  readonly methods: readonly string[];
}

/** By rank, the least severe first. Ranks are what shared memory holds: three bits of a head word (codec/head-word.ts), so there can be eight. */
export const LEVEL_FACTS: readonly LevelFacts[] = [
  { name: 'trace', severityNumber: 1, severityText: 'TRACE', column: 'TRACE', color: '90', methods: ['trace', 'debug', 'log'] },
  { name: 'debug', severityNumber: 5, severityText: 'DEBUG', column: 'DEBUG', color: '90', methods: ['debug', 'trace', 'log'] },
  { name: 'info', severityNumber: 9, severityText: 'INFO', column: 'INFO ', color: '32', methods: ['info', 'log'] },
  { name: 'warning', severityNumber: 13, severityText: 'WARN', column: 'WARN ', color: '33', methods: ['warn', 'warning'] },
  { name: 'error', severityNumber: 17, severityText: 'ERROR', column: 'ERROR', color: '1;31', methods: ['error'] },
  { name: 'fatal', severityNumber: 21, severityText: 'FATAL', column: 'FATAL', color: '1;97;41', methods: ['fatal', 'error'] },
];

/** Names by rank. */
export const LEVELS: readonly Level[] = LEVEL_FACTS.map(({ name }) => name);

export const LEVEL_COUNT: number = LEVELS.length;

export const SEVERITY_NUMBERS: readonly number[] = LEVEL_FACTS.map(({ severityNumber }) => severityNumber);

export const SEVERITY_TEXTS: readonly string[] = LEVEL_FACTS.map(({ severityText }) => severityText);

export function rankOfLevel(level: Level): number {
  return LEVELS.indexOf(level);
}

/** Rank of audit events, which have no level of their own: info. */
export const AUDIT_RANK: number = rankOfLevel('info');

/** The event in place of an audit number whose call was cut off (recovery/void-numbers.ts). Its time is that of the recovery. */
export const VOID_EVENT = 'hft.audit.void';

/** Rank of records that say nothing of their severity. */
const UNSPECIFIED_RANK: number = rankOfLevel('info');

/** Names that people write in place of ours. */
const ALIASES: Readonly<Record<string, Level>> = { warn: 'warning' };

/** A level as people write it: in any case, `warn` for `warning`. Undefined for what is no level. */
export function readLevel(text: unknown): Level | undefined {
  if (typeof text !== 'string') return undefined;
  const word = text.toLowerCase();
  const name = Object.hasOwn(ALIASES, word) ? ALIASES[word] : word;
  return LEVELS.find((level) => level === name);
}

/**
 * Names of levels that other loggers have → OpenTelemetry's severity numbers. Those of npm, of syslog and of command lines are as OpenTelemetry's own
 * transport for winston has them, so that a team that comes from it finds its records where they were.
 */
const FOREIGN_NUMBERS: Readonly<Record<string, number>> = {
  // npm
  http: 7,
  verbose: 6,
  silly: 1,
  // syslog (logs data model, appendix B)
  emerg: 23,
  emergency: 23,
  alert: 22,
  crit: 21,
  critical: 21,
  notice: 10,
  // command lines
  help: 11,
  data: 10,
  prompt: 4,
  input: 2,
  // usual elsewhere
  err: 17,
  success: 10,
  log: 9,
};

/** Severity number of a level of ours or of another logger, in any case. Undefined for an unknown name. */
export function severityNumberOfName(name: string): number | undefined {
  const level = readLevel(name);
  if (level !== undefined) return SEVERITY_NUMBERS[rankOfLevel(level)];
  const word = name.toLowerCase();
  return Object.hasOwn(FOREIGN_NUMBERS, word) ? FOREIGN_NUMBERS[word] : undefined;
}

/** A record travels in one of these; each has rings of its own because their policy when full differs. */
export type Lane = 'logs' | 'audit';

/** How a lane's records are treated. All code that treats the lanes differently reads this table. */
export interface LaneFacts {
  /** What its ring does at its limit: `drop` the newest record, the lesser levels first, or `refuse` it, so that the caller writes it to its destination itself. */
  readonly whenFull: 'drop' | 'refuse';
  /** Its frames stay in their ring while a destination that is the record (`holdsAuditBack`) has no room; other lanes' are dropped there. */
  readonly waitsForRoom: boolean;
  /** Numbers are those of the instance, over all threads. Otherwise each ring has its own. */
  readonly isNumberedByInstance: boolean;
  /** Limits on the number of attributes hold. */
  readonly isLimited: boolean;
  /** Passes the thresholds of the backends that carry it. */
  readonly passesThresholds: boolean;
  /**
   * Attributes that each of its records has in OpenTelemetry's terms. They are reserved: attributes of a record with these names are renamed. JSON lines have
   * members of their own for them.
   */
  readonly ownAttributes: ReadonlySet<string>;
}

export const LANE_FACTS: Readonly<Record<Lane, LaneFacts>> = {
  logs: {
    whenFull: 'drop',
    waitsForRoom: false,
    isNumberedByInstance: false,
    isLimited: true,
    passesThresholds: false,
    ownAttributes: new Set(),
  },
  audit: {
    whenFull: 'refuse',
    waitsForRoom: true,
    isNumberedByInstance: true,
    isLimited: false,
    passesThresholds: true,
    ownAttributes: new Set(['event.name', 'hft.audit', 'hft.audit.seq']),
  },
};

export const LANES: readonly Lane[] = ['logs', 'audit'];

/** Attributes of one record. Any JavaScript value is allowed: `docs/values.md` gives the encoding of each. */
export type Fields = Readonly<Record<string, unknown>>;

/** Labels of a metric series. Values other than strings are converted with `String`; undefined and null make no label. */
export type Tags = Readonly<Record<string, TagValue>>;

export type TagValue = string | number | boolean | null | undefined;

/** Values that may be given as tags: {@link Tags}, and interfaces and class instances of the same values. Methods of a class are no tags. */
export type TagsOf<T> = { readonly [Key in keyof T as T[Key] extends (...args: never[]) => unknown ? never : Key]: TagValue };

/** What a logger adds to each of its records: the OpenTelemetry instrumentation scope and the attributes that never change. */
export interface Scope {
  /** Logger name, the OpenTelemetry scope name, for example `exchange.mexc.private.rest`. */
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  /** Hierarchical tags, sent as the string array attribute `tags`. */
  readonly tags: readonly string[];
  /** Positional tags (`exchange`, `api_type`, …, or `component`), then context. Already redacted. */
  readonly attributes: Fields;
  /** Attributes beyond the limits, which are not among `attributes`. */
  readonly droppedAttributesCount?: number;
  /** Resource attributes, when the record comes from an SDK provider whose resource is not ours. */
  readonly resource?: Fields;
}

/** Attribute, always true, of records that a black box had kept: their level is one that is not written (caller/black-box.ts). */
export const BLACK_BOX_KEY = 'hft.black_box';

/** Name under which formats that have no place of their own for it tell how many attributes a record had beyond its limits. */
export const DROPPED_KEY = '…';

export function droppedText(attributes: number): string {
  return `[+${attributes} fields]`;
}

/** Rank of the level whose range an OpenTelemetry severity number is in (0 = unspecified counts as info; above 24 is fatal). */
export function rankOfSeverity(severityNumber: number): number {
  if (severityNumber <= 0) return UNSPECIFIED_RANK;
  let rank = LEVEL_COUNT - 1;
  while (rank > 0 && severityNumber < SEVERITY_NUMBERS[rank]) rank--;
  return rank;
}
