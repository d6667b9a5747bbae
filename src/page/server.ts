/**
 * The page's server. Nothing a client does can hurt the worker: connections, streams, headers and bodies are bounded, the status is made at most twice a second
 * however many ask, and who does not read is cut off.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorText } from '../common/error-text.ts';
import { Connections } from '../common/http/connections.ts';
import type { KnownHosts } from '../common/http/hosts.ts';
import { bodyTooLarge, methodNotAllowed, type Refusal } from '../common/http/refusal.ts';
import { bodyOf } from '../common/http/request-body.ts';
import { BadRequest, type LevelControl } from '../control/level-control.ts';
import { type ControlStatus, MAX_BODY_BYTES } from '../control/protocol.ts';
import { monotonicMillis } from '../time/clock.ts';
import { repeat } from '../time/real-timers.ts';
import { refuseForeign, TokenCheck } from './access.ts';
import type { LiveRecords } from './live-records.ts';
import { LEVELS_PATH, PROBE_PATH, RECORDS_PATH, STATUS_PATH, STREAM_PATH } from './protocol.ts';
import { readQuery } from './query.ts';
import { RecordStream } from './stream.ts';

/** A browser opens up to six. A new one takes the place of an idle one. */
const MAX_CONNECTIONS = 128;
/** Each of an open page. */
const MAX_STREAMS = 16;
const REQUEST_TIMEOUT_MILLIS = 10_000;
/** Without a byte taken: streams are written to four times a second. */
const SOCKET_TIMEOUT_MILLIS = 30_000;
/** A browser's headers have 1 KB; a search may have 3 KB when it is encoded. */
const MAX_HEADER_BYTES = 8_192;
/** A stream is written to this often: more is no longer legible. */
const TICK_MILLIS = 250;
/** The status is the same for all who ask within this time, or within twenty times what it took to make it: it never takes more than a twentieth of the worker. */
const STATUS_MILLIS = 500;
const STATUS_PAUSES = 20;
/** Records that a stream begins with: as many as the page has rows. */
const STREAM_RECENT = 500;
/** Records of an answer, unless fewer are asked for. */
const MAX_RECORDS = 1_000;

export interface PageParts extends KnownHosts {
  /** 0 takes any free one. */
  readonly port: number;
  readonly token: string;
  readonly status: () => ControlStatus;
  readonly levels: LevelControl;
  readonly records: LiveRecords;
}

interface Answer {
  readonly status: number;
  readonly value: unknown;
}

export class PageServer {
  readonly #parts: PageParts;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #token: TokenCheck;
  readonly #streams = new Set<RecordStream>();
  #stopTicks: (() => void) | undefined;
  #document: { readonly html: string; readonly policy: string } | undefined;
  #status: { readonly text: string; readonly probe: ProbeState; readonly untilMillis: number } | undefined;

  /** Rejects when the address cannot be had. Keeps no thread alive. */
  static async open(parts: PageParts): Promise<PageServer> {
    const page = new PageServer(parts);
    await page.#listen();
    return page;
  }

  private constructor(parts: PageParts) {
    this.#parts = parts;
    this.#token = new TokenCheck(parts.token);
    this.#server = createServer({
      requestTimeout: REQUEST_TIMEOUT_MILLIS,
      headersTimeout: REQUEST_TIMEOUT_MILLIS,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    this.#connections = new Connections(this.#server, MAX_CONNECTIONS);
    this.#server.setTimeout(SOCKET_TIMEOUT_MILLIS);
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    // CONNECT and Upgrade would hand the socket to us: nobody here speaks anything but HTTP.
    this.#server.on('connect', (_request, socket) => refuse(socket as Socket));
    this.#server.on('upgrade', (_request, socket) => refuse(socket as Socket));
    this.#server.unref();
  }

  /** With the token, which a browser keeps to itself: what stands behind # is not sent. */
  get url(): string {
    const { host, token } = this.#parts;
    const { port } = this.#server.address() as { port: number };
    const name = host.includes(':') ? `[${host}]` : host;
    return `http://${name === '0.0.0.0' || name === '[::]' ? 'localhost' : name}:${port}/#token=${encodeURIComponent(token)}`;
  }

  close(): void {
    this.#stopTicks?.();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#parts;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => {}); // of accepting a connection: too many open files, for example
        resolve();
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    response.on('close', this.#connections.answer(request.socket));
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://page');
      const foreign = refuseForeign(request.headers, this.#parts);
      if (foreign !== undefined) return send(response, foreign);
      if (pathname === '/') return await this.#sendDocument(request, response);
      if (pathname === PROBE_PATH) return this.#sendProbe(request, response);
      const refusal = this.#token.refuse(request.headers);
      if (refusal !== undefined) return send(response, refusal);
      if (pathname === LEVELS_PATH) return send(response, await this.#levels(request, searchParams));
      const answer = this.#readers[pathname];
      if (answer === undefined) return send(response, { status: 404, error: `There is nothing at this path.` });
      if (request.method !== 'GET') return send(response, methodNotAllowed('GET'));
      answer(response, searchParams);
    } catch (error) {
      if (response.headersSent || response.destroyed) return;
      const isTheirs = error instanceof BadRequest || error instanceof SyntaxError || error instanceof TypeError;
      send(response, { status: isTheirs ? 400 : 500, error: errorText(error) });
    }
  }

  readonly #readers: Readonly<Record<string, ((response: ServerResponse, parameters: URLSearchParams) => void) | undefined>> =
    Object.assign(Object.create(null), {
      [STATUS_PATH]: (response: ServerResponse) => sendJson(response, 200, this.#statusNow().text),
      [RECORDS_PATH]: (response: ServerResponse, parameters: URLSearchParams) => {
        const limit = Number(parameters.get('limit') ?? MAX_RECORDS);
        if (!(limit >= 1 && limit <= MAX_RECORDS)) throw new BadRequest(`limit: expected a number from 1 to ${MAX_RECORDS}.`);
        const lines = this.#parts.records.recent(readQuery(parameters), Math.floor(limit));
        sendJson(response, 200, `{"records":[${lines.join(',')}]}`);
      },
      [STREAM_PATH]: (response: ServerResponse, parameters: URLSearchParams) => this.#stream(response, parameters),
    });

  #stream(response: ServerResponse, parameters: URLSearchParams): void {
    const query = readQuery(parameters);
    if (this.#streams.size >= MAX_STREAMS)
      return send(response, { status: 503, error: `${MAX_STREAMS} pages are open already. Close some of them.` });
    // nginx would keep lines back until it has some kilobytes of them.
    response.writeHead(200, { ...HEADERS, 'content-type': 'application/x-ndjson', 'x-accel-buffering': 'no' });
    const stream = new RecordStream(response, query);
    // In one turn with the beginning of the watch: no record is between the two.
    const recent = this.#parts.records.recent(query, STREAM_RECENT);
    response.write(`{"records":[${recent.join(',')}],"skipped":0,"unseen":0}\n`);
    const unwatch = this.#parts.records.watch(stream);
    this.#streams.add(stream);
    this.#stopTicks ??= repeat(() => this.#tick(), TICK_MILLIS);
    response.on('close', () => {
      unwatch();
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      this.#stopTicks?.();
      this.#stopTicks = undefined;
    });
  }

  #tick(): void {
    for (const stream of this.#streams) stream.tick();
  }

  async #levels(request: IncomingMessage, parameters: URLSearchParams): Promise<Answer | Refusal> {
    const { levels } = this.#parts;
    switch (request.method) {
      case 'GET':
        return { status: 200, value: levels.answer };
      case 'POST': {
        const body = await bodyOf(request, MAX_BODY_BYTES);
        if (body === undefined) return bodyTooLarge(MAX_BODY_BYTES);
        return { status: 200, value: levels.set(JSON.parse(body)) };
      }
      case 'DELETE':
        return { status: 200, value: levels.reset(parameters.get('pattern') ?? undefined) };
      default:
        return methodNotAllowed('GET, POST, DELETE');
    }
  }

  #statusNow(): { readonly text: string; readonly probe: ProbeState } {
    const now = monotonicMillis();
    if (this.#status === undefined || now >= this.#status.untilMillis) {
      const status = this.#parts.status();
      const text = JSON.stringify(status);
      const tookMillis = monotonicMillis() - now;
      const untilMillis = now + Math.max(STATUS_MILLIS, tookMillis * STATUS_PAUSES);
      this.#status = { text, probe: worstOf(status), untilMillis };
    }
    return this.#status;
  }

  #sendProbe(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, methodNotAllowed('GET, HEAD'));
    const status = this.#statusNow().probe;
    sendJson(response, status === 'failed' ? 503 : 200, JSON.stringify({ status }));
  }

  async #sendDocument(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, methodNotAllowed('GET, HEAD'));
    if (this.#document === undefined) {
      const { readDocument } = await import('./document.ts');
      const html = await readDocument();
      this.#document = { html, policy: policyOf(html) };
    }
    const { html, policy } = this.#document;
    response.writeHead(200, {
      ...HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(html),
      'content-security-policy': policy,
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  }
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

type ProbeState = 'ok' | 'degraded' | 'failed';

/** Of all backends. */
function worstOf({ health }: ControlStatus): ProbeState {
  const states = Object.values(health.backends).map(({ state }) => state);
  return states.includes('failed') ? 'failed' : states.includes('degraded') ? 'degraded' : 'ok';
}

/** The page runs the one script and the one style that stand in it, and speaks with this server alone. */
function policyOf(html: string): string {
  const hashes = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(
      ([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
    );
  return [
    "default-src 'none'",
    `script-src ${hashes('script').join(' ')}`,
    `style-src ${hashes('style').join(' ')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function send(response: ServerResponse, answer: Answer | Refusal): void {
  if ('allow' in answer && answer.allow !== undefined) response.setHeader('allow', answer.allow);
  sendJson(response, answer.status, JSON.stringify('error' in answer ? { error: answer.error } : answer.value));
}

function sendJson(response: ServerResponse, status: number, text: string): void {
  // A refused request's body is not read: its connection cannot be used again.
  if (status >= 400) response.shouldKeepAlive = false;
  response.writeHead(status, {
    ...HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text) + 1,
  });
  response.end(`${text}\n`);
}

function refuse(socket: Socket): void {
  socket.on('error', () => {});
  socket.destroy();
}
