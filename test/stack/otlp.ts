// Hand-made OTLP/HTTP JSON: what any client may send, so that the servers are proven apart from our own package.

export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface LogRecord {
  readonly body: string;
  readonly timeUnixNanos: bigint;
  /** OpenTelemetry severity number: 5 debug, 9 info, 13 warning, 17 error. */
  readonly severityNumber: number;
  readonly attributes?: Attributes;
  readonly eventName?: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

interface MetricName {
  readonly name: string;
  readonly unit?: string;
}

interface Point {
  readonly attributes?: Attributes;
}

export type Metric = MetricName &
  (
    | { readonly counter: readonly (Point & { readonly value: number })[] }
    | { readonly gauge: readonly (Point & { readonly value: number })[] }
    /** Classic: `counts` has one more than `bounds`. */
    | { readonly histogram: readonly (Point & { readonly bounds: readonly number[]; readonly counts: readonly number[] })[] }
    /** Native: bucket `i` of `counts` ends at 2^((offset + i + 1) / 2^scale). */
    | {
        readonly exponential: readonly (Point & {
          readonly scale: number;
          readonly offset: number;
          readonly counts: readonly number[];
        })[];
      }
  );

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Sender {
  readonly service: string;
  /** Default: `<service>-1`. */
  readonly instance?: string;
  readonly scope?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request with these records. Never throws for an HTTP answer, whatever its status. */
export function sendLogs(baseUrl: string, sender: Sender, records: readonly LogRecord[]): Promise<Answer> {
  return post(`${baseUrl}/v1/logs`, logsRequest(sender, records), sender.headers);
}

export function logsRequest(sender: Sender, records: readonly LogRecord[]): unknown {
  const logRecords = records.map(({ body, timeUnixNanos, attributes = {}, ...rest }) => ({
    timeUnixNano: String(timeUnixNanos),
    observedTimeUnixNano: String(timeUnixNanos),
    body: { stringValue: body },
    attributes: keyValues(attributes),
    ...rest,
  }));
  return { resourceLogs: [{ resource: resource(sender), scopeLogs: [{ scope: { name: sender.scope ?? 'test' }, logRecords }] }] };
}

/** One request with cumulative metrics that started at `startUnixNanos`. */
export function sendMetrics(
  baseUrl: string,
  sender: Sender,
  startUnixNanos: bigint,
  metrics: readonly Metric[],
): Promise<Answer> {
  const times = { startTimeUnixNano: String(startUnixNanos), timeUnixNano: String(nowUnixNanos()) };
  const scopeMetrics = [{ scope: { name: sender.scope ?? 'test' }, metrics: metrics.map((metric) => metricJson(metric, times)) }];
  return post(`${baseUrl}/v1/metrics`, { resourceMetrics: [{ resource: resource(sender), scopeMetrics }] }, sender.headers);
}

/** An audit record as the package writes one. */
export function auditRecord(
  sequence: number,
  timeUnixNanos: bigint,
  { event = 'order_placed', ...attributes }: Attributes & { event?: string } = {},
): LogRecord {
  return {
    body: event,
    eventName: event,
    timeUnixNanos,
    severityNumber: 9,
    attributes: { 'hft.audit': true, 'hft.audit.seq': sequence, exchange: 'binance', symbol: 'BTCUSDT', qty: 0.5, ...attributes },
  };
}

export function nowUnixNanos(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function metricJson(metric: Metric, times: Record<string, string>) {
  const head = { name: metric.name, unit: metric.unit ?? '' };
  const point = ({ attributes = {} }: Point) => ({ ...times, attributes: keyValues(attributes) });
  if ('counter' in metric) {
    const dataPoints = metric.counter.map((counter) => ({ ...point(counter), asDouble: counter.value }));
    return { ...head, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } };
  }
  if ('gauge' in metric)
    return { ...head, gauge: { dataPoints: metric.gauge.map((gauge) => ({ ...point(gauge), asDouble: gauge.value })) } };
  if ('histogram' in metric) {
    const dataPoints = metric.histogram.map((histogram) => ({
      ...point(histogram),
      count: String(sum(histogram.counts)),
      sum: 0,
      explicitBounds: histogram.bounds,
      bucketCounts: histogram.counts.map(String),
    }));
    return { ...head, histogram: { aggregationTemporality: 2, dataPoints } };
  }
  const dataPoints = metric.exponential.map((histogram) => ({
    ...point(histogram),
    count: String(sum(histogram.counts)),
    sum: 0,
    scale: histogram.scale,
    positive: { offset: histogram.offset, bucketCounts: histogram.counts.map(String) },
  }));
  return { ...head, exponentialHistogram: { aggregationTemporality: 2, dataPoints } };
}

function resource({ service, instance = `${service}-1` }: Sender) {
  return { attributes: keyValues({ 'service.name': service, 'service.instance.id': instance }) };
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}
