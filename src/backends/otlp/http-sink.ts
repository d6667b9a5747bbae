/**
 * OTLP/HTTP protobuf: sends finished requests, which stand in shared memory, with OpenTelemetry's own transport.
 *
 * `createOtlpHttpExportDelegate` gets a serializer that returns the bytes as they are. An observer in the transport's agent (observer.ts) sees the answers that
 * the transport does not pass on, and the transport's own retries are turned off. In their pauses no Retry-After would reach the delivery engine, the state
 * would not say that the collector is away, and a slot that was released at a shutdown could still be read.
 */
import { createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { type Outcome, SUCCESS } from '../../contract/backend.ts';
import type { ByteBatch, Sink } from '../../contract/sink.ts';
import { isBroken, isTooLarge, persistent } from './answer.ts';
import { exchange } from './exchange.ts';
import { HttpObserver } from './observer.ts';
import { countLogs, splitLogs } from './split.ts';
import type { TlsFiles } from './tls.ts';

export interface OtlpHttpSinkOptions extends TlsFiles {
  /** Complete, for example `http://localhost:4318/v1/logs`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly compression?: 'none' | 'gzip';
  /** From the start of a request to the end of its answer. A request without an answer by then is sent again later. */
  readonly timeoutMillis: number;
  /** Put before the transport's own User-Agent. */
  readonly userAgent?: string;
  /** Records are never given up for an answer whose cause an operator can fix; see `persistent`. Default false: in OTLP most errors are final. */
  readonly isPersistent?: boolean;
  /** What the server finds too large is sent in halves; false: it is refused, as for requests that are not of logs. Default true. */
  readonly halvesTooLarge?: boolean;
  /** Takes requests that the server says are broken, before they are counted as rejected. */
  readonly onBroken?: (bytes: Uint8Array, records: number, message: string) => void;
}

/**
 * `write` may be called while earlier writes are under way: each gets a connection of its own, which is kept and used again. The delivery
 * engine bounds how many there are.
 */
export class OtlpHttpSink implements Sink {
  readonly #options: OtlpHttpSinkOptions;
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  /** How far a batch has come that is offered again. */
  readonly #progress = new WeakMap<ByteBatch, Progress>();
  #closed = false;

  constructor(options: OtlpHttpSinkOptions) {
    this.#options = options;
  }

  async write(batch: ByteBatch): Promise<Outcome> {
    if (this.#closed) return { status: 'retryable', message: 'The sender is closed.' };
    const connection = this.#idle.pop() ?? new Connection(this.#options);
    this.#busy.add(connection);
    const outcome = await this.#sendParts(connection, batch);
    // No longer in the list: a reopen or a close came meanwhile, and has closed it.
    if (this.#busy.delete(connection)) this.#idle.push(connection);
    return outcome;
  }

  /** Sends the rest of a batch: all of it at first, then in halves where the server finds it too large. */
  async #sendParts(connection: Connection, batch: ByteBatch): Promise<Outcome> {
    const progress = this.#progress.get(batch) ?? { parts: [batch], refused: 0, message: undefined };
    this.#progress.set(batch, progress);
    for (let part = progress.parts[0]; part !== undefined; part = progress.parts[0]) {
      const sent = await connection.send(part);
      const outcome = this.#options.isPersistent === true ? persistent(sent) : sent;
      if (outcome.status === 'retryable') {
        const taken = takenAtLeast(batch, progress);
        return taken === 0 ? outcome : { ...outcome, taken };
      }
      const halves = isTooLarge(outcome) && this.#options.halvesTooLarge !== false ? halvesOf(part) : undefined;
      if (halves !== undefined) {
        progress.parts.splice(0, 1, ...halves);
        continue;
      }
      if (outcome.status === 'failure' && isBroken(outcome))
        this.#options.onBroken?.(part.bytes, part.records, outcome.message ?? '');
      if (part === batch) return outcome;
      if (outcome.status !== 'success') progress.message = outcome.message;
      progress.refused += outcome.status === 'failure' ? part.records : outcome.status === 'partial' ? outcome.rejected : 0;
      progress.parts.shift();
    }
    const { refused, message } = progress;
    if (refused === 0 && message === undefined) return SUCCESS;
    return { status: 'partial', rejected: Math.min(refused, batch.records), ...(message !== undefined && { message }) };
  }

  /** A request that was answered has been delivered: there is nothing more to do. */
  async flush(): Promise<void> {}

  /** Certificates are read anew and connections made anew; requests under way come to their end. */
  reopen(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
    for (const connection of this.#busy) connection.closeWhenDone();
    this.#busy.clear();
  }

  /** Requests under way are cut off. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of [...this.#idle, ...this.#busy]) connection.close();
  }
}

/** Records of a half are counted as they stand in it, marks of losses and copies of checkpoints among them: which of the halves those are in is not known. */
interface Progress {
  /** Parts without a final answer, in order. */
  readonly parts: ByteBatch[];
  /** Records of other parts that were refused: at least as many as the batch has lost. */
  refused: number;
  /** The server's last message about a part that it did not take. */
  message: string | undefined;
}

/** What the server has taken of a batch that is not done: at least this many of its records, whichever of those refused and left are marks. */
function takenAtLeast(batch: ByteBatch, { parts, refused }: Progress): number {
  return Math.max(
    0,
    parts.reduce((taken, part) => taken - part.records, batch.records - refused),
  );
}

function halvesOf({ bytes }: ByteBatch): readonly [ByteBatch, ByteBatch] | undefined {
  const records = countLogs(bytes);
  const half = records >> 1;
  const halves = half === 0 ? undefined : splitLogs(bytes, half);
  return (
    halves && [
      { bytes: halves[0], records: half },
      { bytes: halves[1], records: records - half },
    ]
  );
}

/** One keep-alive connection with one request under way at a time, so that what is observed belongs to the request that was sent. */
class Connection {
  readonly #observer: HttpObserver;
  readonly #delegate: ReturnType<typeof createOtlpHttpExportDelegate<Uint8Array, unknown>>;
  readonly #timeoutMillis: number;
  #sendingBytes = 0;
  #last = false;

  constructor(options: OtlpHttpSinkOptions) {
    this.#timeoutMillis = options.timeoutMillis;
    this.#observer = new HttpObserver(options);
    const compression = options.compression ?? 'none';
    this.#delegate = createOtlpHttpExportDelegate<Uint8Array, unknown>(
      {
        url: options.url,
        compression,
        userAgent: options.userAgent ?? 'hft-otel',
        agentFactory: this.#observer.agentFactory,
        concurrencyLimit: 1,
        // No time for the transport's own attempts, and none for its timeout of silence: the deadline of the exchange is the one that holds.
        timeoutMillis: 0,
        headers: async () => ({
          ...options.headers,
          'Content-Type': 'application/x-protobuf',
          // Without it the transport's pipe would send the body in chunks.
          ...(compression === 'none' && { 'Content-Length': String(this.#sendingBytes) }),
        }),
      },
      { serializeRequest: (bytes) => bytes, deserializeResponse: () => undefined },
      'otlp_http_log_exporter',
      { name: 'log', countItems: () => 0 },
      undefined,
    );
  }

  async send({ bytes, records }: ByteBatch): Promise<Outcome> {
    this.#sendingBytes = bytes.length;
    const outcome = await exchange({
      observer: this.#observer,
      timeoutMillis: this.#timeoutMillis,
      items: records,
      send: (done) => this.#delegate.export(bytes, done),
    });
    if (this.#last) this.#observer.close();
    return outcome;
  }

  closeWhenDone(): void {
    this.#last = true;
  }

  close(): void {
    this.#observer.abort(new Error('The sender was closed.'));
    this.#observer.close();
  }
}
