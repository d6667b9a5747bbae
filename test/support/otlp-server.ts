/**
 * A real HTTP(S) server that takes OTLP logs and remembers every record, and that can be told to answer badly in each of the ways servers do.
 *
 * ```ts
 * const server = await startOtlpServer();                       // server.url, server.received, server.requests
 * server.answer({ kind: 'status', status: 503, retryAfter: '1' }, 2);   // the next two requests; then as before
 * server.answerAlways({ kind: 'silence' });
 * await server.stop();  await server.restart();                 // the same port
 * ```
 */
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeJsonRequest, decodeProtobufRequest, encodeResponse, encodeStatus, type OtlpRecord } from './otlp-decode.ts';

export type { OtlpRecord } from './otlp-decode.ts';

/** How a request is answered. Only `ok` and `partial` take records: `received` holds what a well-behaved server would have kept. */
export type Answer =
  | { readonly kind: 'ok'; readonly delayMillis?: number }
  /** 200, with so many records refused: the last ones of the request. */
  | { readonly kind: 'partial'; readonly rejected: number; readonly message?: string }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly message?: string;
      readonly location?: string;
      /** Answers at the request's head, before its body has come. */
      readonly early?: boolean;
    }
  /** 200 and the records are kept, but the body is nonsense. */
  | { readonly kind: 'garbage'; readonly contentType?: string; readonly body?: string }
  /** Head of a 200 and part of its body, then the connection is closed; the records are not kept. */
  | { readonly kind: 'cut'; readonly framing: 'length' | 'chunked' }
  /** 413 for every request of more than so many records. */
  | { readonly kind: 'limit'; readonly records: number; readonly status?: number }
  /** Something that is not HTTP. */
  | { readonly kind: 'not-http' }
  /** Takes the request and never answers. */
  | { readonly kind: 'silence' }
  /** Closes the connection once the body has come; with `early`, at its head. */
  | { readonly kind: 'reset'; readonly early?: boolean }
  /** Half a status line, then the connection is closed. */
  | { readonly kind: 'half' }
  /** 101: the connection is to speak another protocol from here on. */
  | { readonly kind: 'other-protocol' }
  /** Head of a 200, then one byte of the body each `everyMillis`, for ever. */
  | { readonly kind: 'trickle'; readonly everyMillis: number; readonly status?: number }
  /** A body of so many bytes. */
  | { readonly kind: 'flood'; readonly status: number; readonly bytes: number }
  /** A 200 whose gzip body unpacks to so many bytes. */
  | { readonly kind: 'gzip-bomb'; readonly bytes: number };

export interface OtlpServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly tls?: https.ServerOptions;
  /** Count bytes and requests only; `received` stays empty. For rates at which decoding would be the bound. */
  readonly discard?: boolean;
}

export interface OtlpServerRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes on the wire. */
  readonly bytes: number;
  readonly answered: Answer['kind'];
  /** As the server's clock had it, milliseconds. */
  readonly atMillis: number;
  /** Number of the connection it came on. */
  readonly connection: number;
}

export class OtlpServer {
  /** Every record that was kept, in the order in which requests ended. */
  readonly received: OtlpRecord[] = [];
  readonly requests: OtlpServerRequest[] = [];
  /** Body bytes on the wire, all requests together. */
  bytesReceived = 0;
  /** Requests that could not be decoded, and were answered with 400. */
  readonly undecodable: Error[] = [];
  connections = 0;
  readonly #options: OtlpServerOptions;
  readonly #sockets = new Map<Socket, number>();
  readonly #next: Answer[] = [];
  #always: Answer = { kind: 'ok' };
  #server: http.Server | undefined;
  #port: number;

  constructor(options: OtlpServerOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  /** Base URL: what goes into `backends.otlp.endpoint`. */
  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  get logsUrl(): string {
    return `${this.url}/v1/logs`;
  }

  get port(): number {
    return this.#port;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** The next `times` requests are answered so. Calls add up. */
  answer(answer: Answer, times = 1): void {
    for (let i = 0; i < times; i++) this.#next.push(answer);
  }

  /** Every request without an answer of its own is answered so. */
  answerAlways(answer: Answer): void {
    this.#always = answer;
  }

  /** Listens again on the same port. */
  async restart(): Promise<void> {
    if (this.#server !== undefined) await this.stop();
    const handler = (request: IncomingMessage, response: ServerResponse) =>
      void this.#handle(request, response).catch(() => request.destroy());
    const server = this.#options.tls === undefined ? http.createServer(handler) : https.createServer(this.#options.tls, handler);
    server.on(this.#options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#sockets.set(socket, ++this.connections);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    server.on('clientError', (_error, socket) => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Closes everything at once, as a killed process does. What was received stays. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  /** Settles when at least so many records were received; rejects after `timeoutMillis`. */
  async waitFor(records: number, timeoutMillis = 5_000): Promise<readonly OtlpRecord[]> {
    const deadline = Date.now() + timeoutMillis;
    while (this.received.length < records) {
      if (Date.now() > deadline)
        throw new Error(`${this.received.length} of ${records} records received within ${timeoutMillis} ms`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.received;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = this.#next.shift() ?? this.#always;
    const connection = this.#sockets.get(request.socket) ?? 0;
    const note = (bytes: number) => {
      const { url = '', headers } = request;
      this.bytesReceived += bytes;
      this.requests.push({ path: url, headers, bytes, answered: answer.kind, atMillis: Date.now(), connection });
    };
    if ('early' in answer && answer.early) {
      note(0);
      if (answer.kind === 'reset') request.socket.resetAndDestroy();
      else this.#respond(answer, request, response);
      return;
    }
    const { wire, bytes } = await this.#read(request);
    note(bytes);
    const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
    let records: OtlpRecord[] = [];
    if (!this.#options.discard) {
      try {
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(wire) : wire;
        records = isJson ? decodeJsonRequest(body.toString('utf8')) : decodeProtobufRequest(body);
      } catch (error) {
        this.undecodable.push(error as Error);
        this.#respond({ kind: 'status', status: 400, message: (error as Error).message }, request, response);
        return;
      }
    }
    if (answer.kind === 'limit') {
      const isTooLarge = records.length > answer.records;
      if (!isTooLarge) this.received.push(...records);
      this.#respond(isTooLarge ? { kind: 'status', status: answer.status ?? 413 } : { kind: 'ok' }, request, response);
      return;
    }
    const kept = answer.kind === 'partial' ? records.length - answer.rejected : records.length;
    if (answer.kind === 'ok' || answer.kind === 'partial' || answer.kind === 'garbage')
      this.received.push(...records.slice(0, kept));
    if (answer.kind === 'ok' && answer.delayMillis) await new Promise((resolve) => setTimeout(resolve, answer.delayMillis));
    this.#respond(answer, request, response);
  }

  async #read(request: IncomingMessage): Promise<{ wire: Buffer; bytes: number }> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (!this.#options.discard) chunks.push(chunk);
    });
    await new Promise((resolve, reject) => request.on('end', resolve).on('error', reject));
    return { wire: Buffer.concat(chunks), bytes };
  }

  #respond(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
    const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
    const contentType = isJson ? 'application/json' : 'application/x-protobuf';
    const success = (rejected: number, message: string): Uint8Array | string => {
      if (!isJson) return encodeResponse(rejected, message);
      return rejected === 0 && message === ''
        ? '{}'
        : JSON.stringify({ partialSuccess: { rejectedLogRecords: String(rejected), errorMessage: message } });
    };
    switch (answer.kind) {
      case 'ok':
        response.writeHead(200, { 'content-type': contentType }).end(success(0, ''));
        return;
      case 'partial':
        response.writeHead(200, { 'content-type': contentType }).end(success(answer.rejected, answer.message ?? ''));
        return;
      case 'status': {
        const { status, message = 'told to', retryAfter, location } = answer;
        const headers = {
          'content-type': contentType,
          ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
          ...(location !== undefined && { location }),
        };
        response.writeHead(status, headers).end(isJson ? JSON.stringify({ code: 13, message }) : encodeStatus(13, message));
        return;
      }
      case 'garbage':
        response
          .writeHead(200, { 'content-type': answer.contentType ?? contentType })
          .end(answer.body ?? Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3]));
        return;
      case 'cut':
        request.socket.end(
          answer.framing === 'length'
            ? `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ncontent-length: 10\r\n\r\n`
            : `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab`,
        );
        return;
      case 'limit':
        return;
      case 'not-http':
        request.socket.end('\u0000\u0001\u0002 this is not HTTP\r\n\r\n');
        return;
      case 'silence':
        return;
      case 'reset':
        (request.socket as Socket).resetAndDestroy();
        return;
      case 'half':
        request.socket.end('HTTP/1.1 20');
        return;
      case 'other-protocol':
        request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n');
        return;
      case 'trickle': {
        response.writeHead(answer.status ?? 200, { 'content-type': contentType });
        const timer = setInterval(() => response.write('a'), answer.everyMillis);
        response.on('close', () => clearInterval(timer));
        return;
      }
      case 'flood':
        this.#flood(response.writeHead(answer.status, { 'content-type': 'text/plain' }), answer.bytes);
        return;
      case 'gzip-bomb':
        response
          .writeHead(200, { 'content-type': contentType, 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(answer.bytes)));
    }
  }

  #flood(response: ServerResponse, bytes: number): void {
    const chunk = Buffer.alloc(65_536, 'x');
    let left = bytes;
    const more = () => {
      while (left > 0) {
        left -= chunk.length;
        if (!response.write(chunk) && left > 0) return void response.once('drain', more);
      }
      response.end();
    };
    response.on('error', () => {});
    more();
  }
}

export async function startOtlpServer(options: OtlpServerOptions = {}): Promise<OtlpServer> {
  const server = new OtlpServer(options);
  await server.restart();
  return server;
}
