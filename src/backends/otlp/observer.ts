/**
 * Sees the HTTP exchanges that OpenTelemetry's transport makes, and can end them.
 *
 * The transport does not pass on what a sender needs: status, Retry-After and body of the answer. Its timeout is one of silence, so a server that sends a byte
 * now and then holds a request without end. But its user can make the agent, and the agent gets every request before a byte is sent.
 */
import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { secretsOf } from '../request-secrets.ts';
import { proxyOptions } from './proxy.ts';
import { TlsAgent, type TlsFiles } from './tls.ts';

/** Bytes of an answer's body that are kept: a partial success or an error text is a few hundred. The transport itself stops reading at 4 MiB. */
export const MAX_ANSWER_BYTES = 65_536;

/**
 * The transport reads this in place of the server's Retry-After: it gives up at once on a pause that its timeout has no room for. Left to itself it would
 * try again within the timeout, and after a pause of 0 with what is left of it, which may be a negative number that Node throws at.
 */
const LONGER_THAN_ANY_TIMEOUT_SECONDS = '1000000000';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most the first {@link MAX_ANSWER_BYTES}; what had come when the exchange ended. */
  readonly body: Uint8Array;
  /** The whole body has arrived, or more than any answer to OTLP has. A server that dies after its status line may not have kept the records. */
  readonly isWhole: boolean;
}

/** How Node's HTTP client passes a request to an agent: not in its documentation, but every proxy agent on npm relies on it. */
interface RequestTaker {
  addRequest(request: ClientRequest, options: object): void;
}

class NoAnswerError extends Error {
  readonly code = 'ECONNRESET';
  constructor() {
    super('The connection was closed without an answer');
    this.name = 'NoAnswerError';
  }
}

/** Follows one exchange at a time, over a keep-alive connection of its own. */
export class HttpObserver {
  readonly #tls: TlsFiles;
  readonly #proxy: http.AgentOptions;
  #agent: http.Agent | undefined;
  #request: ClientRequest | undefined;
  #head: Pick<HttpAnswer, 'status' | 'headers'> | undefined;
  #response: IncomingMessage | undefined;
  #body: Uint8Array[] = [];
  #bodyBytes = 0;
  #abortedWith: Error | undefined;

  /** Texts that must not appear in an error of an exchange. */
  readonly secrets: readonly string[];

  constructor({
    headers,
    url,
    timeoutMillis,
    ...tls
  }: TlsFiles & {
    readonly headers?: Readonly<Record<string, string>>;
    readonly url?: string;
    readonly timeoutMillis?: number;
  }) {
    this.#tls = tls;
    this.#proxy = proxyOptions(url, timeoutMillis);
    this.secrets = secretsOf(headers, url);
  }

  /** For the transport's option of that name. */
  readonly agentFactory = async (protocol: string): Promise<http.Agent> => {
    const options = { keepAlive: true, ...this.#proxy };
    const agent = protocol === 'https:' ? new TlsAgent(this.#tls, options) : new http.Agent(options);
    const taker = agent as unknown as RequestTaker;
    const addRequest = taker.addRequest.bind(agent);
    taker.addRequest = (request, options) => {
      this.#watch(request);
      addRequest(request, options);
    };
    this.#agent = agent;
    return agent;
  };

  /** Forgets the last exchange. */
  begin(): void {
    this.#abortedWith = undefined;
    this.#request = undefined;
    this.#forgetAnswer();
  }

  /** The server's answer since `begin`; that of the last exchange, if the transport made several. */
  get answer(): HttpAnswer | undefined {
    return (
      this.#head && {
        ...this.#head,
        body: Buffer.concat(this.#body),
        isWhole: this.#response?.complete === true || this.#bodyBytes === MAX_ANSWER_BYTES,
      }
    );
  }

  /** Ends the exchange, whatever state it is in; the transport reports `error`, or the answer it had. */
  abort(error: Error): void {
    this.#abortedWith = error;
    const request = this.#request;
    const hasConnection = request?.socket !== null;
    request?.destroy(error);
    // A request that still waits for a connection (certificates are being read, a tunnel is being made) would emit nothing until it has one.
    if (!hasConnection) request?.emit('error', error);
  }

  /** To be called when the exchange is over. A request still being sent is cut off: its bytes must not be read any longer. */
  end(): void {
    if (this.#request !== undefined && !this.#request.writableFinished) this.#request.destroy();
    this.#request = undefined;
  }

  /** Closes the connection. */
  close(): void {
    this.#agent?.destroy();
  }

  #watch(request: ClientRequest): void {
    this.#forgetAnswer();
    this.#request = request;
    // The transport adds its listener only when the request is complete; an `error` event without a listener would end the worker.
    let hasFailed = false;
    request.on('error', () => {
      hasFailed = true;
    });
    // Node closes the connection on an answer that asks for another protocol, and emits nothing else: the transport would wait without end.
    request.once('close', () => {
      if (this.#request === request && this.#head === undefined && !hasFailed) request.emit('error', new NoAnswerError());
    });
    request.once('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      this.#head = { status, headers: { ...headers } };
      this.#response = response;
      headers['retry-after'] = LONGER_THAN_ANY_TIMEOUT_SECONDS;
      response.on('data', (chunk: Uint8Array) => this.#keep(chunk));
    });
    if (this.#abortedWith !== undefined) request.destroy(this.#abortedWith);
  }

  #forgetAnswer(): void {
    this.#head = undefined;
    this.#response = undefined;
    this.#body = [];
    this.#bodyBytes = 0;
  }

  #keep(chunk: Uint8Array): void {
    const room = MAX_ANSWER_BYTES - this.#bodyBytes;
    if (room <= 0) return;
    // A copy of a part: a view would keep the whole chunk alive.
    this.#body.push(chunk.length > room ? chunk.slice(0, room) : chunk);
    this.#bodyBytes += Math.min(chunk.length, room);
  }
}
