/**
 * pino's standard serializers, for code that calls them itself. Without them the facade hands errors on as they are, with their causes and properties.
 */
/** Where a serialised error keeps the Error it was made of; pino's own do the same. */
const RAW = 'raw';

interface HttpRequest {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly url?: unknown;
  readonly originalUrl?: unknown;
  readonly query?: unknown;
  readonly params?: unknown;
  readonly headers?: unknown;
  readonly socket?: { readonly remoteAddress?: unknown; readonly remotePort?: unknown } | null;
}

interface HttpResponse {
  readonly headersSent?: boolean;
  readonly statusCode?: unknown;
  getHeaders?(): unknown;
}

function err(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message, stack } = error;
  const serialized = { ...error, type: error.constructor.name, message, stack };
  return Object.defineProperty(serialized, RAW, { value: error });
}

function req(request: HttpRequest): object {
  const { id, method, originalUrl, url, query, params, headers, socket } = request;
  return {
    ...(id !== undefined && { id: typeof id === 'function' ? id() : id }),
    method,
    url: originalUrl ?? url,
    ...(query !== undefined && { query }),
    ...(params !== undefined && { params }),
    headers,
    remoteAddress: socket?.remoteAddress,
    remotePort: socket?.remotePort,
  };
}

function res(response: HttpResponse): object {
  return {
    statusCode: response.headersSent === false ? null : response.statusCode,
    headers: response.getHeaders?.(),
  };
}

const wrap =
  <Value>(serialize: (value: Value) => unknown) =>
  (own: (serialized: never) => unknown) =>
  (value: Value): unknown =>
    own(serialize(value) as never);

export const stdSerializers = {
  err,
  errWithCause: err,
  req,
  res,
  mapHttpRequest: (request: HttpRequest): object => ({ req: req(request) }),
  mapHttpResponse: (response: HttpResponse): object => ({ res: res(response) }),
  wrapErrorSerializer: wrap(err),
  wrapRequestSerializer: wrap(req),
  wrapResponseSerializer: wrap(res),
} as const;

/** In the text of pino's own serializers of errors, and not in that of a function that calls or wraps them. */
const PINOS_TEXT = /\bpinoErrProto\b/;
const PINOS_NAMES: readonly unknown[] = ['errSerializer', 'errWithCauseSerializer'];

const known = new WeakMap<object, boolean>();

/**
 * Whether a serializer is the standard one of errors: ours, or that of any copy of pino, which is known by its text alone. The Error itself says more than what
 * it makes of it. A user's function of the same name may hide something, and runs.
 */
export function isStandardErrorSerializer(serializer: unknown): boolean {
  if (typeof serializer !== 'function') return false;
  let isStandard = known.get(serializer);
  if (isStandard === undefined) {
    isStandard =
      serializer === err ||
      (PINOS_NAMES.includes(serializer.name) && PINOS_TEXT.test(Function.prototype.toString.call(serializer)));
    known.set(serializer, isStandard);
  }
  return isStandard;
}
