/**
 * `hft-otel/express`: a logger for each request, and a record of each when its response is over. Works with every framework that calls middleware with Node's
 * request and response: Express 4 and 5, connect, Nest on Express.
 *
 * ```ts
 * app.use(expressLogger());          // first
 * app.use(expressErrors());          // last: errors of handlers stand in their request's record
 * requestLogger(request).info('order placed', { qty });
 * ```
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HFTLogger } from '../../caller/api.ts';
import { unitsToMask } from '../../common/mask-secrets.ts';
import { getLogger } from '../../process/factories.ts';
import { type Level, type LevelName, readLevel } from '../../record.ts';
import { monotonicMillis } from '../../time/clock.ts';
import { attempt } from '../common/attempt.ts';

/** Properties that Express adds to Node's request. */
export interface ExpressRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
}

export type Middleware = (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => void;
export type ErrorMiddleware = (
  error: unknown,
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export interface ExpressLoggerOptions {
  /** Logger that the records are written with. Default: `getLogger('http')`. */
  readonly logger?: HFTLogger;
  /** Header that a request's id comes in, and that the response gives it back in. Default: `x-request-id`. */
  readonly requestIdHeader?: string;
  /** Gives the id of a request that brings none. Default: a random UUID. */
  readonly makeRequestId?: (request: ExpressRequest) => string;
  /** Requests that get a logger, but no record of their own: probes, for example. Default: none. */
  readonly ignore?: (request: ExpressRequest) => boolean;
  /** Further fields of a request's record, asked for when its response is over. */
  readonly fields?: (request: ExpressRequest, response: ServerResponse) => object;
  /**
   * Level of a request's record; `silent`: it gets none. Default, also for a name that is no level: `error` for 500 and above, `warning` for 400 and above and
   * for requests that broke off, else `info`.
   */
  readonly level?: (request: ExpressRequest, response: ServerResponse) => LevelName | 'silent';
}

/** Word of pino's loggers for no record at all. */
const SILENT = 'silent';

/** Longer ids are cut: they come from outside. */
const MAX_ID_UNITS = 200;

const loggers = new WeakMap<IncomingMessage, HFTLogger>();
const errors = new WeakMap<ServerResponse, unknown>();

/** The logger of a request, whose records have the request's id: `request_id`. Without the middleware in front of it, `getLogger('http')`. */
export function requestLogger(request: IncomingMessage): HFTLogger {
  return loggers.get(request) ?? getLogger('http');
}

/** Also sets `request.log`, where nothing stands there yet. */
export function expressLogger(options: ExpressLoggerOptions = {}): Middleware {
  const {
    logger = getLogger('http'),
    requestIdHeader = 'x-request-id',
    makeRequestId = randomUUID,
    ignore,
    fields,
    level,
  } = options;
  return (request, response, next) => {
    const header = request.headers[requestIdHeader.toLowerCase()];
    const given = typeof header === 'string' ? header.slice(0, unitsToMask(header, MAX_ID_UNITS)) : '';
    const id =
      given !== ''
        ? given
        : attempt(
            () => String(makeRequestId(request)),
            () => randomUUID(),
          );
    const own = logger.withContext({ request_id: id });
    loggers.set(request, own);
    if (!('log' in request)) Object.assign(request, { log: own });
    if (!response.headersSent && !response.hasHeader(requestIdHeader))
      attempt(
        () => response.setHeader(requestIdHeader, id),
        () => response,
      );
    const startedMillis = monotonicMillis();
    // A connection that has been reset has no address any more.
    const address = attempt<string | undefined>(
      () => request.socket.remoteAddress,
      () => undefined,
    );
    let isSaid = false;
    const say = () => {
      if (isSaid) return;
      isSaid = true;
      const isIgnored = attempt(
        () => ignore?.(request) ?? false,
        () => false,
      );
      if (isIgnored) return;
      const said = attempt<unknown>(
        () => level?.(request, response),
        () => undefined,
      );
      if (said === SILENT) return;
      const error = errors.get(response);
      const record = {
        ...requestFields(request, response),
        ...(address !== undefined && { 'client.address': address }),
        duration_ms: monotonicMillis() - startedMillis,
        ...(error !== undefined && { error }),
        ...attempt<object>(
          () => ({ ...fields?.(request, response) }),
          (thrown) => ({ fields: thrown }),
        ),
      };
      const message = response.writableFinished ? 'request completed' : 'request aborted';
      own[readLevel(said) ?? usualLevel(response)](message, record);
    };
    response.once('finish', say);
    // Without a `finish` before it: the client has closed the connection.
    response.once('close', say);
    next();
  };
}

/** Keeps an error of a handler for its request's record, and passes it on. */
export function expressErrors(): ErrorMiddleware {
  return (error, _request, response, next) => {
    errors.set(response, error);
    next(error);
  };
}

/** Under the names of OpenTelemetry's semantic conventions for HTTP servers. */
function requestFields(request: ExpressRequest, response: ServerResponse): object {
  const { originalUrl = request.url ?? '', baseUrl = '', route, method, httpVersion, headers } = request;
  const [path] = originalUrl.split('?', 1);
  return {
    'http.request.method': method,
    'url.path': path,
    // Further question marks are part of it.
    ...(path.length < originalUrl.length && { 'url.query': originalUrl.slice(path.length + 1) }),
    ...(typeof route?.path === 'string' && { 'http.route': baseUrl + route.path }),
    'http.response.status_code': response.statusCode,
    'network.protocol.version': httpVersion,
    ...(headers['user-agent'] !== undefined && { 'user_agent.original': headers['user-agent'] }),
  };
}

function usualLevel({ statusCode, writableFinished }: ServerResponse): Level {
  if (statusCode >= 500) return 'error';
  return statusCode >= 400 || !writableFinished ? 'warning' : 'info';
}
