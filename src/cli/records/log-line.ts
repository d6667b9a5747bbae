/**
 * One line of a log → the parts that filters use and that are shown. It reads our own JSON lines, and those of pino, bunyan and winston, which differ only in
 * the names of a few members.
 */
import type { LogRecordData } from '../../contract/backend.ts';
import { LEVEL_FACTS, LEVELS, type Level, rankOfLevel, rankOfSeverity, severityNumberOfName } from '../../record.ts';

export interface LogLine {
  readonly members: Readonly<Record<string, unknown>>;
  /** Of audit events, which have none: that of info. */
  readonly level: Level;
  /** Undefined when the line has none that can be read. */
  readonly timeUnixNanos: bigint | undefined;
  readonly logger: string;
  readonly tags: readonly string[];
  readonly isAudit: boolean;
}

/** Undefined for a line that is no JSON object. */
export function parseLine(text: string): LogLine | undefined {
  let members: unknown;
  try {
    members = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof members !== 'object' || members === null || Array.isArray(members)) return undefined;
  const line = members as Record<string, unknown>;
  const tags = Array.isArray(line.tags) ? line.tags.filter((tag) => typeof tag === 'string') : [];
  return {
    members: line,
    level: levelOf(line.level ?? line.severity),
    timeUnixNanos: timeOf(TIME_NAMES.map((name) => line[name]).find((time) => time !== undefined)),
    logger: textOf(line.logger ?? line.name),
    tags,
    isAudit: typeof line.audit_seq === 'number',
  };
}

const TIME_NAMES = ['time', 'timestamp', '@timestamp', 'ts'];

/** Members that have a place of their own in a text line. */
const PLACED: ReadonlySet<string> = new Set([
  ...TIME_NAMES,
  'level',
  'logger',
  'msg',
  'message',
  'tags',
  'seq',
  'trace_id',
  'span_id',
]);

/** In the form that the text encoder takes. */
export function recordOf({ members, level, timeUnixNanos, logger, tags, isAudit }: LogLine): LogRecordData {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) {
    if (PLACED.has(name) || (isAudit && AUDIT_PLACED.has(name)) || (name === 'name' && value === logger)) continue;
    Object.defineProperty(attributes, name, { value, enumerable: true });
  }
  const { severityNumber, severityText } = LEVEL_FACTS[rankOfLevel(level)];
  const traceId = members.trace_id;
  return {
    lane: isAudit ? 'audit' : 'logs',
    level,
    severityNumber,
    severityText,
    body: (isAudit ? members.event : (members.msg ?? members.message)) ?? '',
    timeUnixNanos: timeUnixNanos ?? 0n,
    observedTimeUnixNanos: timeUnixNanos ?? 0n,
    loggerName: logger,
    tags,
    attributes,
    ...(typeof traceId === 'string' && { traceId }),
    sequence: Number(members.seq ?? 0),
  };
}

/** `run` and the number are of use to a program, which reads JSON. */
const AUDIT_PLACED: ReadonlySet<string> = new Set(['event', 'audit_seq', 'run']);

/** Of pino and bunyan: 10 trace, 20 debug, … 60 fatal. */
const NUMBER_STEP = 10;

function levelOf(value: unknown): Level {
  if (typeof value === 'number') {
    const rank = Math.floor(value / NUMBER_STEP) - 1;
    return LEVEL_FACTS[Math.max(0, Math.min(LEVEL_FACTS.length - 1, rank))].name;
  }
  const number = typeof value === 'string' ? severityNumberOfName(value) : undefined;
  return number === undefined ? 'info' : LEVELS[rankOfSeverity(number)];
}

const ISO_TIME = /^(.*T\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(.*)$/;
const NANOS_TIME = /^(-?\d{1,30})ns$/;

/** Beyond it a number counts milliseconds, up to it seconds: the year 5138, or the year 1973. */
const MOST_SECONDS = 1e11;

function timeOf(value: unknown): bigint | undefined {
  if (typeof value === 'number' && Number.isFinite(value))
    return BigInt(Math.round((value < MOST_SECONDS ? value * 1_000 : value) * 1_000)) * 1_000n;
  if (typeof value !== 'string') return undefined;
  const nanos = NANOS_TIME.exec(value);
  if (nanos !== null) return BigInt(nanos[1]);
  const parts = ISO_TIME.exec(value);
  const millis = Date.parse(parts === null ? value : parts[1] + parts[3]);
  if (Number.isNaN(millis)) return undefined;
  return BigInt(millis) * 1_000_000n + BigInt((parts?.[2] ?? '').padEnd(9, '0'));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
