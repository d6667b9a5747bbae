/**
 * The scrape endpoint as a network service: a small HTTP server that is safe against any client.
 *
 * Malformed requests are answered 400 and cut off; slow ones are cut off by Node's own deadlines; connections and headers are bounded; bodies are not read. A
 * request whose Host is a foreign name is refused. With any number of clients and requests, collections take at most half of the thread's time, and answers
 * take no memory of their own: requests that come while a page is being made, or within the same time again, share the next one. Each answer contains counts
 * from after its request had come.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { errorText } from '../../common/error-text.ts';
import { getOrMake } from '../../common/get-or-make.ts';
import { Connections } from '../../common/http/connections.ts';
import { isKnownHost } from '../../common/http/hosts.ts';
import { monotonicMillis } from '../../time/clock.ts';
import { startTimer } from '../../time/real-timers.ts';
import { pause, SYSTEM_TIMERS } from '../../time/timers.ts';
import { formatFor, type PageFormat } from './formats.ts';

const compress = promisify(gzip);

/** Prometheus opens one connection for each of its servers and keeps it; other connections are people with curl. */
const MAX_CONNECTIONS = 128;
/** Time for a client to send its request: a scraper sends a few hundred bytes at once. */
const REQUEST_TIMEOUT_MILLIS = 10_000;
/** Idle connections: longer than the common scrape intervals (15 s, 60 s), so that they are used again. */
const KEEP_ALIVE_MILLIS = 75_000;
/** Time for a client to take its answer. */
const SOCKET_TIMEOUT_MILLIS = 90_000;
/** A scraper's headers have 500 bytes. */
const MAX_HEADER_BYTES = 8_192;
/** Answers smaller than this are not worth compressing. */
const MIN_COMPRESSED_BYTES = 1_024;

const FOREIGN_HOST =
  'This endpoint does not answer under the name in the Host header. If the name is meant for it, such as the full name of this machine, add it to backends.prometheus.allowedHosts, or scrape an address.\n';

/** What can be asked for: the sum of the processes that share the port, the lines of each, or the health of all. */
export type View = 'sum' | 'workers' | 'health';

const HEALTH_PATH = '/health';

export interface Page {
  readonly contentType: string;
  readonly body: string;
  /** Default 200. */
  readonly status?: number;
}

/** Makes any of the views of one collection. The format is that of metrics. */
export type MakePage = (view: View, format: PageFormat) => Page;

/** A page as it is sent; all requests that share it get the same bytes. */
class Answer {
  readonly contentType: string;
  readonly status: number;
  readonly bytes: Buffer;
  #compressed: Promise<Buffer> | undefined;

  constructor({ contentType, body, status = 200 }: Page) {
    this.contentType = contentType;
    this.status = status;
    this.bytes = Buffer.from(body);
  }

  compressed(): Promise<Buffer> {
    this.#compressed ??= compress(this.bytes, { level: 1 });
    return this.#compressed;
  }
}

/** What one collection has brought: each view of it is made once, at the first request for it. */
class Collection {
  readonly #makePage: MakePage;
  readonly #answers = new Map<string, Answer>();

  constructor(makePage: MakePage) {
    this.#makePage = makePage;
  }

  answer(view: View, format: PageFormat): Answer {
    return getOrMake(this.#answers, `${view} ${format}`, () => new Answer(this.#makePage(view, format)));
  }
}

export interface ScrapeServerOptions {
  readonly host: string;
  readonly port: number;
  /** Path of the metrics. `/health` is answered too; every other path is 404. */
  readonly endpoint: string;
  /** Names in the Host header that are answered beside this machine's own; see hosts.ts. Default none. */
  readonly allowedHosts?: readonly string[];
  /** Collects, for any of the views. A rejection is answered with 500 and its message. */
  readonly collect: () => Promise<MakePage>;
  /** An answer was sent, or could not be made. */
  readonly onServed: (error?: Error) => void;
  /** Time for a client to send its request. Default {@link REQUEST_TIMEOUT_MILLIS}. */
  readonly requestTimeoutMillis?: number;
  /** Time for a client to take its answer. Default {@link SOCKET_TIMEOUT_MILLIS}. */
  readonly socketTimeoutMillis?: number;
  /** Default {@link MAX_CONNECTIONS}. */
  readonly maxConnections?: number;
}

export class ScrapeServer {
  readonly #options: ScrapeServerOptions;
  readonly #server: Server;
  readonly #connections: Connections;
  /** The collection that requests coming now will share. */
  #next: Promise<Collection> | undefined;
  /** The collection being made. */
  #making: Promise<unknown> = Promise.resolve();
  #restUntilMillis = 0;

  constructor(options: ScrapeServerOptions) {
    this.#options = options;
    const { requestTimeoutMillis = REQUEST_TIMEOUT_MILLIS, socketTimeoutMillis = SOCKET_TIMEOUT_MILLIS } = options;
    this.#server = createServer({
      requestTimeout: requestTimeoutMillis,
      headersTimeout: requestTimeoutMillis,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMillis),
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false,
    });
    this.#connections = new Connections(this.#server, options.maxConnections ?? MAX_CONNECTIONS);
    this.#server.setTimeout(socketTimeoutMillis);
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => refuse(socket as Socket, REFUSALS[code ?? '']));
    // CONNECT and Upgrade would give the socket to us: this server knows only GET.
    this.#server.on('connect', (_request, socket) => refuse(socket as Socket));
    this.#server.on('upgrade', (_request, socket) => refuse(socket as Socket));
  }

  /** The port listened on; the one asked for may be 0. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Rejects when the address cannot be listened on. Keeps no thread alive. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: this.#options.host, port: this.#options.port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => {});
        this.#server.unref();
        resolve();
      });
    });
  }

  /** Answers under way are finished, other connections closed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      startTimer(() => this.#server.closeAllConnections(), 1_000).unref();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    response.on('close', this.#connections.answer(request.socket));
    // The server closes the connection behind an answer to a request with a body, so the body is never waited for.
    const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    if (hasBody) response.shouldKeepAlive = false;
    const { host, allowedHosts = [] } = this.#options;
    if (!isKnownHost(request.headers.host, { host, allowedHosts })) return finish(response, 403, FOREIGN_HOST);
    const view = this.#viewOf(request.url ?? '');
    if (view === undefined)
      return finish(response, 404, `Not found. Metrics are at ${this.#options.endpoint}, health is at ${HEALTH_PATH}.\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return finish(response, 405, 'Only GET and HEAD are answered here.\n');
    }
    try {
      const collection = await this.#collection();
      await this.#send(request, response, collection.answer(view, formatFor(request.headers.accept)));
      this.#options.onServed();
    } catch (error) {
      finish(response, 500, `The metrics could not be collected: ${errorText(error)}\n`);
      this.#options.onServed(error as Error);
    }
  }

  async #send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
    const isCompressed = answer.bytes.length >= MIN_COMPRESSED_BYTES && acceptsGzip(request);
    const bytes = isCompressed ? await answer.compressed() : answer.bytes;
    if (isCompressed) response.setHeader('Content-Encoding', 'gzip');
    response.statusCode = answer.status;
    response.setHeader('Content-Type', answer.contentType);
    response.setHeader('Vary', 'Accept, Accept-Encoding');
    response.setHeader('Content-Length', bytes.length);
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  #viewOf(url: string): View | undefined {
    const path = pathOf(url);
    if (path !== this.#options.endpoint) return path === HEALTH_PATH ? 'health' : undefined;
    return new URLSearchParams(url.slice(path.length)).get('by') === 'worker' ? 'workers' : 'sum';
  }

  #collection(): Promise<Collection> {
    this.#next ??= this.#collectNext();
    return this.#next;
  }

  /** Collections are made one after the other. */
  #collectNext(): Promise<Collection> {
    const collection = this.#making.then(async () => {
      await pause(SYSTEM_TIMERS, Math.max(0, this.#restUntilMillis - monotonicMillis()));
      this.#next = undefined;
      const startMillis = monotonicMillis();
      try {
        return new Collection(await this.#options.collect());
      } finally {
        const endMillis = monotonicMillis();
        this.#restUntilMillis = endMillis + (endMillis - startMillis);
      }
    });
    this.#making = collection.catch(() => {});
    return collection;
  }
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

function acceptsGzip(request: IncomingMessage): boolean {
  const offers = String(request.headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',');
  return offers.some((offer) => {
    const [coding, ...parameters] = offer.split(';').map((part) => part.trim());
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

function finish(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(text);
}

/** Status lines by the parser's code; 400 for all other errors. */
const REFUSALS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

function refuse(socket: Socket, status = '400 Bad Request'): void {
  socket.on('error', () => {});
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  // A client that goes on sending, or does not read the answer, must not keep the connection.
  startTimer(() => socket.destroy(), 1_000).unref();
}
