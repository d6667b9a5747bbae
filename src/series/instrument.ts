/**
 * Instruments and tags: the types that both sides of a series table share. Imports nothing.
 */

/**
 * How the measurements of an instrument become one number, or one distribution, for each set of tags.
 * `counter` and `updown` add up (over threads too), `gauge` keeps the newest value, `histogram` the distribution.
 */
export type InstrumentKind = 'counter' | 'updown' | 'gauge' | 'histogram';

/** The OpenTelemetry instrumentation scope that recorded. The facade's own metrics have the name {@link FACADE_SCOPE}. */
export interface InstrumentScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
}

/** Scope of metrics recorded through `HFTLogger`; exporters leave its labels out, so that a series carries the user's tags alone. */
export const FACADE_SCOPE: InstrumentScope = { name: 'hft-otel' };

export interface InstrumentDefinition {
  readonly scope: InstrumentScope;
  readonly name: string;
  readonly kind: InstrumentKind;
  /** UCUM, as OpenTelemetry writes units; empty when not known. */
  readonly unit: string;
  readonly description: string;
  /** Values are whole numbers and are exported as such. */
  readonly integer: boolean;
  /** Its values are read by callbacks: a series that the last round of callbacks did not report is not exported. */
  readonly observed: boolean;
  /** Explicit upper bounds, increasing; histograms only. */
  readonly bounds: readonly number[];
}

/** Tag values as exporters get them: text from the facade, OpenTelemetry's types from its API. */
export type TagValue = string | number | boolean | readonly (string | number | boolean | null | undefined)[];

/** Pairs of key and value, sorted by key: the canonical form of a tag set, of which JSON is the identity of a series. */
export type TagPairs = readonly (readonly [key: string, value: TagValue])[];

/** Series an instrument may have, its overflow series among them (OpenTelemetry metrics SDK specification, "Cardinality limits"). */
export const DEFAULT_CARDINALITY_LIMIT = 2000;

/** The tags of the series that takes what exceeds the cardinality limit (OpenTelemetry metrics SDK specification, "Overflow attribute"). */
export const OVERFLOW_TAGS: TagPairs = [['otel.metric.overflow', true]];
