/**
 * The instruments of one thread: finding them by name, applying the metric rules to them, and reporting measurements that could not be recorded.
 */

import { errorText } from '../common/error-text.ts';
import { maskedBeginning, maskSecrets } from '../common/mask-secrets.ts';
import { plainJson, quoted } from '../common/plain-json.ts';
import { NO_REDACTION, type Redaction } from '../redaction/redaction.ts';
import { durationBounds, STANDARD_BOUNDS } from '../series/bounds.ts';
import {
  DEFAULT_CARDINALITY_LIMIT,
  FACADE_SCOPE,
  type InstrumentKind,
  type InstrumentScope,
  type TagValue,
} from '../series/instrument.ts';
import type { RejectReason } from '../series/layout.ts';
import type { Instrument, SeriesTable } from '../series/table.ts';
import type { MetricRule } from '../settings/vocabulary.ts';
import { canonicalName, unitOfName } from './names.ts';
import {
  DROPPED,
  GaugeRecorder,
  HistogramRecorder,
  ObservedRecorder,
  type ReadExemplarContext,
  type Recorder,
  type Reject,
  RejectingRecorder,
  SumRecorder,
} from './recorders.ts';
import { compileMetricRules, type RuleLookup } from './rules.ts';

/** Instruments of a thread: ten times what large services have. The limit is for programs that make names from data. */
export const MAX_INSTRUMENTS = 10_000;
/** Problems that are reported; further ones are only counted. */
const MAX_REPORTS = 256;
/** Of a name, in a report. */
const MAX_SHOWN_UNITS = 255;

/** Something that kept measurements from being recorded. Reported once for each metric and reason; every measurement is counted. */
export interface MetricProblem {
  readonly reason: RejectReason | 'callback';
  /** The metric, as the user named it. */
  readonly name: string;
  /** What happened and what to do about it. */
  readonly message: string;
}

export interface RegistryOptions {
  readonly table: SeriesTable;
  readonly rules?: readonly MetricRule[];
  /** Default {@link DEFAULT_CARDINALITY_LIMIT}. */
  readonly cardinalityLimit?: number;
  readonly onProblem?: (problem: MetricProblem) => void;
  /** Which tags hold credentials. Default: none do. */
  readonly redaction?: Redaction;
  /** Default: no measurement is an exemplar. */
  readonly exemplarContext?: ReadExemplarContext;
}

export interface InstrumentRequest {
  readonly scope: InstrumentScope;
  /** As the user wrote it. */
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly unit?: string;
  readonly description?: string;
  readonly integer?: boolean;
  readonly observed?: boolean;
  /** Explicit bounds that the instrument's author advises; a rule's go before them. */
  readonly bounds?: readonly number[];
  readonly valueOf: (value: unknown) => TagValue | undefined;
}

/** An opened instrument; `instrument` is absent when measurements go nowhere. */
export interface Opened {
  readonly recorder: Recorder;
  /** Takes what callbacks observe in a round, in place of `recorder`; observed instruments only. */
  readonly observe?: (value: number, tags: object | null | undefined, round: number) => void;
  readonly instrument?: Instrument;
  readonly kind: InstrumentKind;
}

const REMEDIES: Readonly<Record<RejectReason, string>> = {
  not_finite: 'Record finite numbers only; of bigints, those that a number holds exactly (all up to 2^53).',
  negative: 'A counter only goes up: use metric() for a value that also goes down.',
  name: 'Give it a name with at least one letter or digit, and do not make names from data: put the data into tags.',
  kind: 'Use one kind for each name.',
  tags: 'A getter among its tags failed: give plain values.',
  memory: 'The memory for metric series is used up: use fewer names and tag values.',
};

const WHAT: Readonly<Record<RejectReason, string>> = {
  not_finite: 'was given something that is not a finite number, or that no number holds exactly',
  negative: 'was given a negative amount',
  name: 'has a name that cannot be used',
  kind: 'is already a metric of another kind',
  tags: 'has tags that could not be read',
  memory: 'has no room for its series',
};

export class InstrumentRegistry {
  readonly table: SeriesTable;
  readonly #ruleOf: RuleLookup;
  readonly #limit: number;
  readonly #onProblem: ((problem: MetricProblem) => void) | undefined;
  readonly #redaction: Redaction;
  readonly #exemplarContext: ReadExemplarContext;
  readonly #opened = new Map<string, Opened>();
  readonly #reported = new Set<string>();

  constructor(options: RegistryOptions) {
    this.table = options.table;
    this.#ruleOf = compileMetricRules(options.rules ?? []);
    this.#limit = Math.max(1, options.cardinalityLimit ?? DEFAULT_CARDINALITY_LIMIT);
    this.#onProblem = options.onProblem;
    this.#redaction = options.redaction ?? NO_REDACTION;
    this.#exemplarContext = options.exemplarContext ?? (() => undefined);
  }

  /** The recorder of an instrument, made at the first request. Never throws: what cannot be recorded is counted and reported. */
  open(request: InstrumentRequest): Opened {
    const name = canonicalName(request.name);
    if (name === undefined) return this.#rejecting(request, 'name');
    const rule = this.#ruleOf(name);
    const kind = kindUnder(rule, request);
    if (kind === 'drop') return { recorder: DROPPED, kind: request.kind };
    const id = this.#identity(request.scope, name);
    const known = this.#opened.get(id);
    if (known !== undefined) {
      const same = known.kind === kind && known.instrument?.definition.observed === (request.observed ?? false);
      return same || known.instrument === undefined ? known : this.#rejecting(request, 'kind');
    }
    if (this.#opened.size >= MAX_INSTRUMENTS) return this.#rejecting(request, 'name');
    const unit = request.unit ?? unitOfName(name);
    const instrument = this.table.defineInstrument({
      scope: request.scope,
      name,
      kind,
      unit,
      description: request.description ?? '',
      integer: request.integer ?? false,
      observed: request.observed ?? false,
      bounds: kind === 'histogram' ? boundsFor(rule, request, unit) : [],
    });
    if (instrument === undefined) return this.#rejecting(request, 'memory');
    const opened = this.#openIn(instrument, request, rule);
    this.#opened.set(id, opened);
    return opened;
  }

  #openIn(instrument: Instrument, request: InstrumentRequest, rule: MetricRule | undefined): Opened {
    const settings = { limit: this.#limit, keep: rule?.tags, valueOf: request.valueOf, redaction: this.#redaction };
    const reject = this.#rejecter(request.name);
    const { kind, observed } = instrument.definition;
    if (observed) {
      const observer = new ObservedRecorder(this.table, instrument, settings, reject);
      return { recorder: DROPPED, observe: (value, tags, round) => observer.observe(value, tags, round), instrument, kind };
    }
    const parts = [this.table, instrument, settings, reject] as const;
    const recorder =
      kind === 'histogram'
        ? new HistogramRecorder(...parts, this.#exemplarContext)
        : kind === 'gauge'
          ? new GaugeRecorder(...parts)
          : new SumRecorder(...parts);
    return { recorder, instrument, kind };
  }

  /** Case matters in the facade's names, as it does to Prometheus; OpenTelemetry's instrument names are alike when only their case differs. */
  #identity(scope: InstrumentScope, name: string): string {
    if (scope === FACADE_SCOPE) return name;
    return plainJson([scope.name, scope.version ?? '', scope.schemaUrl ?? '', name.toLowerCase()]);
  }

  #rejecting(request: InstrumentRequest, reason: RejectReason): Opened {
    return { recorder: new RejectingRecorder(this.#rejecter(request.name), reason), kind: request.kind };
  }

  #rejecter(name: string): Reject {
    return (reason) => this.reject(name, reason);
  }

  /** Counts a measurement that was not recorded, and reports the first one of this metric and reason. */
  reject(name: unknown, reason: RejectReason): void {
    this.table.countRejected(reason);
    this.#report(name, reason, () => `${WHAT[reason]}. ${REMEDIES[reason]}`);
  }

  /** Reports, once a metric, that a callback of an observable instrument has observed nothing. */
  reportCallback(name: string, error: unknown): void {
    this.#report(
      name,
      'callback',
      () => `has a callback that failed: ${errorText(error)}. It observed nothing this time; fix the callback.`,
    );
  }

  #report(name: unknown, reason: MetricProblem['reason'], tell: () => string): void {
    if (this.#onProblem === undefined || this.#reported.size >= MAX_REPORTS) return;
    const shown = typeof name === 'string' ? maskedBeginning(name, MAX_SHOWN_UNITS, maskSecrets) : typeof name;
    const id = `${reason} ${shown}`;
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    this.#onProblem({ reason, name: shown, message: `Metric ${quoted(shown)} ${tell()}` });
  }
}

function kindUnder(rule: MetricRule | undefined, request: InstrumentRequest): InstrumentKind | 'drop' {
  const wanted = rule?.aggregation;
  if (wanted === undefined) return request.kind;
  // What callbacks observe is a total already: it cannot become a distribution.
  return request.observed === true && wanted !== 'drop' ? request.kind : wanted;
}

/** Bounds as they were given, as a histogram has them. */
export function ruleBounds(given: readonly number[]): readonly number[] {
  return [...new Set(given.filter((bound) => Number.isFinite(bound)))].sort((a, b) => a - b);
}

function boundsFor(rule: MetricRule | undefined, request: InstrumentRequest, unit: string): readonly number[] {
  const given = rule?.buckets ?? request.bounds;
  if (given !== undefined) return ruleBounds(given);
  return durationBounds(unit) ?? (request.scope === FACADE_SCOPE ? durationBounds('us')! : STANDARD_BOUNDS);
}
