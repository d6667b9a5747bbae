/**
 * Sees the HTTP exchanges that OpenTelemetry's transport makes, and can end them.
 *
 * The transport keeps to itself what a sender needs: which status came, what Retry-After said, what the answer's body was; its timeout is one of
 * silence, so that a server which sends a byte now and then holds a request for ever. But it lets its user make the agent, and the agent gets
 * every request before a byte is sent.
 */
import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { secretsOf } from '../request-secrets.ts';
import { readTlsFiles, type TlsFiles } from './tls.ts';

/** Bytes of an answer's body that are kept: a partial success or an error text is a few hundred. The transport itself stops reading at 4 MiB. */
export const MAX_ANSWER_BYTES = 65_536;

/**
 * What the transport reads in place of the server's Retry-After: it gives up at once on a pause that its timeout has no room for. Left to itself it would
 * try again within the timeout, and after a pause of 0 with what is left of it, which may be a negative number that Node throws at.
 */
const LONGER_THAN_ANY_TIMEOUT_SECONDS = '1000000000';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most the first {@link MAX_ANSWER_BYTES}; what had come when the exchange ended. */
  readonly body: Uint8Array;
  /** All of it has come, or more than any answer to OTLP has. A server that dies behind its status line may not have kept what it was sent. */
  readonly isWhole: boolean;
}

/** How Node's HTTP client hands a request to an agent: not in its documentation, but what every proxy agent on npm relies on. */
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
  #agent: http.Agent | undefined;
  #request: ClientRequest | undefined;
  #head: Pick<HttpAnswer, 'status' | 'headers'> | undefined;
  #response: IncomingMessage | undefined;
  #body: Uint8Array[] = [];
  #bodyBytes = 0;
  #abortedWith: Error | undefined;

  /** What must not be read in an error of an exchange. */
  readonly secrets: readonly string[];

  constructor({
    headers,
    url,
    ...tls
  }: TlsFiles & { readonly headers?: Readonly<Record<string, string>>; readonly url?: string }) {
    this.#tls = tls;
    this.secrets = secretsOf(headers, url);
  }

  /** For the transport's option of that name. Rejects when a TLS file cannot be read. */
  readonly agentFactory = async (protocol: string): Promise<http.Agent> => {
    const agent =
      protocol === 'https:'
        ? new https.Agent({ keepAlive: true, ...(await readTlsFiles(this.#tls)) })
        : new http.Agent({ keepAlive: true });
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

  /** What the server has answered since `begin`; in the last exchange, if the transport made several. */
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
    this.#request?.destroy(error);
  }

  /** To be called when the exchange is over. A request still being sent is cut off: nobody may read its bytes any longer. */
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
    // The transport listens only once the request is fully made; an error that nobody hears would end the worker.
    let hasFailed = false;
    request.on('error', () => {
      hasFailed = true;
    });
    // Node closes the connection on an answer that asks to speak another protocol, and says nothing else: the transport would wait for ever.
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
