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

export interface Counter {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
  readonly attributes?: Attributes;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One request with these records. Never throws for an HTTP answer, whatever its status. */
export function sendLogs(
  baseUrl: string,
  service: string,
  records: readonly LogRecord[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const logRecords = records.map(({ body, timeUnixNanos, severityNumber, attributes = {}, ...rest }) => ({
    timeUnixNano: String(timeUnixNanos),
    observedTimeUnixNano: String(timeUnixNanos),
    severityNumber,
    body: { stringValue: body },
    attributes: keyValues(attributes),
    ...rest,
  }));
  return post(
    `${baseUrl}/v1/logs`,
    { resourceLogs: [{ resource: resource(service), scopeLogs: [{ scope: { name: 'test' }, logRecords }] }] },
    headers,
  );
}

/** One request with cumulative monotonic sums that started a minute ago. */
export function sendCounters(baseUrl: string, service: string, counters: readonly Counter[]): Promise<Answer> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const metrics = counters.map(({ name, value, unit = '', attributes = {} }) => ({
    name,
    unit,
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [
        {
          startTimeUnixNano: String(now - 60_000_000_000n),
          timeUnixNano: String(now),
          asDouble: value,
          attributes: keyValues(attributes),
        },
      ],
    },
  }));
  return post(`${baseUrl}/v1/metrics`, {
    resourceMetrics: [{ resource: resource(service), scopeMetrics: [{ scope: { name: 'test' }, metrics }] }],
  });
}

/** An audit record as the package writes one. */
export function auditRecord(sequence: number, timeUnixNanos: bigint, attributes: Attributes = {}): LogRecord {
  return {
    body: 'order_placed',
    eventName: 'order_placed',
    timeUnixNanos,
    severityNumber: 9,
    attributes: { 'hft.audit': true, 'hft.audit.seq': sequence, exchange: 'binance', symbol: 'BTCUSDT', qty: 0.5, ...attributes },
  };
}

export function nowUnixNanos(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function resource(service: string) {
  return { attributes: keyValues({ 'service.name': service, 'service.instance.id': `${service}-1` }) };
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}
