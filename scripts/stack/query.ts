// Asks Prometheus and Loki over HTTP.

export interface Sample {
  /** Unix seconds. */
  readonly time: number;
  readonly value: number;
}

/** A native histogram's bucket as Prometheus answers it: which bounds are part of it, from, to, count. */
export type NativeBucket = readonly [boundaries: number, from: string, to: string, count: string];

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
  /** Only for native histograms, which have buckets instead of values. */
  readonly histograms: readonly { readonly time: number; readonly buckets: readonly NativeBucket[] }[];
}

export interface LogLine {
  readonly timeUnixNanos: bigint;
  readonly line: string;
  /** Labels and structured metadata. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface QueryAnswer {
  readonly series: readonly Series[];
  readonly lines: readonly LogLine[];
}

export interface QueryRange {
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
}

export interface Endpoints {
  readonly prometheusUrl: string;
  readonly lokiUrl: string;
}

/** @throws Error with the server's own message, when it refuses the query. */
export async function queryPrometheus(baseUrl: string, expr: string, range?: QueryRange): Promise<QueryAnswer> {
  const data = await get(
    range === undefined
      ? `${baseUrl}/api/v1/query?${new URLSearchParams({ query: expr })}`
      : `${baseUrl}/api/v1/query_range?${new URLSearchParams({
          query: expr,
          start: String(range.from / 1000),
          end: String(range.to / 1000),
          step: String(range.stepSeconds),
        })}`,
  );
  return { series: toSeries(data), lines: [] };
}

/**
 * At most `limit` lines, the newest first.
 * @throws Error with the server's own message, when it refuses the query.
 */
export async function queryLoki(baseUrl: string, expr: string, range?: QueryRange, limit = 1_000): Promise<QueryAnswer> {
  const parameters: Record<string, string> = { query: expr, limit: String(limit) };
  if (range !== undefined) {
    Object.assign(parameters, { start: `${range.from}000000`, end: `${range.to}000000`, step: `${range.stepSeconds}s` });
  }
  const data = await get(
    `${baseUrl}/loki/api/v1/${range === undefined ? 'query' : 'query_range'}?${new URLSearchParams(parameters)}`,
  );
  if (data.resultType !== 'streams') return { series: toSeries(data), lines: [] };
  return { series: [], lines: toLines(data).reverse() };
}

/** Loki answers no more lines to one query. */
const LOKI_MAX_LINES = 5_000;

/**
 * Every line of a selection, in order of time, each as often as Loki has it: to count them one by one.
 * @throws Error when more than 4,999 lines have the same nanosecond, which no page can tell apart.
 */
export async function* allLines(
  baseUrl: string,
  selection: string,
  { from, to }: Pick<QueryRange, 'from' | 'to'>,
): AsyncGenerator<LogLine> {
  let start = BigInt(from) * 1_000_000n;
  for (;;) {
    const parameters = {
      query: selection,
      limit: String(LOKI_MAX_LINES),
      direction: 'forward',
      start: String(start),
      end: `${to}000000`,
    };
    const lines = toLines(await get(`${baseUrl}/loki/api/v1/query_range?${new URLSearchParams(parameters)}`));
    if (lines.length < LOKI_MAX_LINES) {
      yield* lines;
      return;
    }
    // The page may have cut through the lines of its last nanosecond: all of those come with the next page.
    const last = lines.at(-1)!.timeUnixNanos;
    if (last === start)
      throw new Error(`More than ${LOKI_MAX_LINES - 1} lines at ${last} ns: choose a narrower selection than ${selection}.`);
    yield* lines.filter(({ timeUnixNanos }) => timeUnixNanos < last);
    start = last;
  }
}

export async function labelValues(prometheusUrl: string, label: string, match: string): Promise<string[]> {
  const response = await fetch(`${prometheusUrl}/api/v1/label/${label}/values?${new URLSearchParams({ 'match[]': match })}`);
  return ((await response.json()) as { data: string[] }).data;
}

interface ApiData {
  readonly resultType: string;
  readonly result: readonly {
    readonly metric?: Record<string, string>;
    readonly stream?: Record<string, string>;
    readonly value?: readonly [number, string];
    readonly values?: readonly (readonly [number | string, string])[];
    readonly histogram?: readonly [number, { buckets?: NativeBucket[] }];
    readonly histograms?: readonly (readonly [number, { buckets?: NativeBucket[] }])[];
  }[];
}

/** In order of time. */
function toLines({ result }: ApiData): LogLine[] {
  return result
    .flatMap(({ stream, values }) =>
      values!.map(([nanos, line]): LogLine => ({ timeUnixNanos: BigInt(nanos), line, labels: stream! })),
    )
    .sort((a, b) => Number(a.timeUnixNanos - b.timeUnixNanos));
}

function toSeries({ result }: ApiData): Series[] {
  return result.map(({ metric, value, values, histogram, histograms }) => ({
    labels: metric ?? {},
    samples: (values ?? (value === undefined ? [] : [value])).map(([time, text]) => ({
      time: Number(time),
      value: Number(text),
    })),
    histograms: (histograms ?? (histogram === undefined ? [] : [histogram])).map(([time, { buckets = [] }]) => ({
      time,
      buckets,
    })),
  }));
}

async function get(url: string): Promise<ApiData> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text.trim()}\n  for ${decodeURIComponent(url)}`);
  return (JSON.parse(text) as { data: ApiData }).data;
}
