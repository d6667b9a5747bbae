/**
 * From an OTLP/HTTP server's answer to the outcome of a request's records (OTLP specification, "OTLP/HTTP Response"), with a remedy where an operator has one.
 */
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { errorText } from '../../common/error-text.ts';
import { maskSecrets } from '../../common/mask-secrets.ts';
import { oneLine } from '../../common/one-line.ts';
import { type Outcome, SUCCESS } from '../../contract/backend.ts';
import { unixMillis } from '../../time/clock.ts';
import type { HttpAnswer } from './observer.ts';
import { retryAfterMillis } from './retry-after.ts';

/** Puts a text from outside on one line, without credentials and control characters. */
type Show = (text: string) => string;

/** Statuses after which the specification asks for another attempt; every other error is final. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Characters of a server's text that are passed on. */
const MAX_TEXT = 300;

const REMEDIES: Readonly<Record<number, string>> = {
  400: 'The server cannot read the request; if it is no OTLP/HTTP endpoint, correct the endpoint.',
  401: 'Give credentials in backends.otlp.headers.',
  403: 'Check the credentials in backends.otlp.headers and what they allow.',
  404: 'Check the path: /v1/logs is appended to endpoint, and logsEndpoint is used as it is.',
  405: 'Check the path: /v1/logs is appended to endpoint, and logsEndpoint is used as it is.',
  413: "It could not be cut into requests that are small enough for the server: raise the server's limit.",
  415: "The server does not take this protocol or compression: set backends.otlp.protocol to 'http/json', or compression to 'none'.",
};

/** A server that wants TLS, or another client certificate, often just closes the connection. */
const CLOSED =
  'The connection was closed before an answer came: look at the log of the collector or of the proxy in front of it. Does the endpoint need https, or a clientCertificate?';
const NO_ROUTE = 'No route leads there: check the network and its firewalls, or correct the endpoint.';
const WRONG_TLS = 'The two ends do not speak the same TLS: check http or https in the endpoint, and clientCertificate.';
const UNTRUSTED = 'Give the certificate to trust in backends.otlp.certificate.';

const NETWORK_REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: start the collector, or correct the endpoint.',
  ENOTFOUND: 'The host name is unknown: correct the endpoint.',
  EAI_AGAIN: 'The name service does not answer: check the DNS of this machine or container.',
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: 'The collector does not keep up: give it more room, or raise backends.otlp.timeoutMillis.',
  ERR_PROXY_TUNNEL: 'This is the proxy of HTTPS_PROXY: give its credentials there, or name the collector in NO_PROXY.',
  EPROTO: WRONG_TLS,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'The server asks for a certificate: give backends.otlp.clientCertificate and clientKey.',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: "Renew the server's certificate.",
  CERT_NOT_YET_VALID: "Check the clocks of this machine and of the one that made the server's certificate.",
  ERR_TLS_CERT_ALTNAME_INVALID: "Use a host name that is in the server's certificate.",
};

/** Of Node's HTTP parser: what came back is not HTTP. */
const NOT_HTTP = 'Does an OTLP/HTTP server listen there? Its usual port is 4318; 4317 is gRPC.';

/**
 * `answer`: the server's last answer. `error`: the transport's error if there was none. `records`: number of records in the request. `secrets`: texts that must
 * not appear in the outcome's message.
 */
export function outcomeOf(
  answer: HttpAnswer | undefined,
  error: Error | undefined,
  records: number,
  secrets: readonly string[] = [],
): Outcome {
  const show = (text: string) => oneLine(maskSecrets(text, { known: secrets }), MAX_TEXT).replace(/\.$/, '');
  if (answer === undefined) return { status: 'retryable', unreached: true, message: networkMessage(error, show) };
  const { status, headers } = answer;
  if (status < 300) return successOf(answer, records, error, show);
  if (RETRYABLE_STATUSES.has(status)) {
    const afterMillis = retryAfterMillis(headers['retry-after'], unixMillis());
    return { status: 'retryable', ...(afterMillis !== undefined && { afterMillis }), message: statusMessage(answer, show) };
  }
  return { status: 'failure', message: statusMessage(answer, show), httpStatus: status };
}

/** A status of success counts only if the whole answer has arrived and it is not a web page. */
function successOf(answer: HttpAnswer, records: number, error: Error | undefined, show: Show): Outcome {
  const { status, headers, isWhole } = answer;
  if (!isWhole) {
    const why = error === undefined ? '' : ` (${show(error.message)})`;
    return {
      status: 'retryable',
      message: `The answer ${status} was cut off${why}. The request is sent again; the server may have taken it.`,
    };
  }
  if (isPage(answer))
    return {
      status: 'retryable',
      message: `HTTP ${status} with a web page (${show(headers['content-type'] ?? 'of no type')}): this is no OTLP endpoint, but a proxy, a portal or a web server. Correct the endpoint.`,
    };
  return partialSuccess(answer, records, show) ?? SUCCESS;
}

/** By its type, or by its first character: servers leave the type out, or say `text/plain`. No answer of OTLP is markup. */
function isPage({ headers, body }: HttpAnswer): boolean {
  const type = headers['content-type'] ?? '';
  if (/^[^;]*(?:html|xml)\b/i.test(type)) return true;
  return !type.startsWith('application/x-protobuf') && /^\ufeff?\s*</.test(Buffer.from(body.subarray(0, 64)).toString('utf8'));
}

/** Statuses for a request that is itself broken: no operator can fix it, and it would always be refused. */
const BROKEN_REQUEST: ReadonlySet<number> = new Set([400, 413, 422]);

/** HTTP 413: smaller requests may be taken. */
export function isTooLarge(outcome: Outcome): boolean {
  return outcome.status === 'failure' && outcome.httpStatus === 413;
}

/** Whether the server calls the request itself broken. */
export function isBroken(outcome: Outcome): boolean {
  return outcome.status === 'failure' && outcome.httpStatus !== undefined && BROKEN_REQUEST.has(outcome.httpStatus);
}

/**
 * For records that must not be given up: a request is tried again if an operator can fix the cause (credentials, an address, a server that fails), and not if
 * the server calls the request broken.
 */
export function persistent(outcome: Outcome): Outcome {
  if (outcome.status !== 'failure' || isBroken(outcome)) return outcome;
  return { status: 'retryable', ...(outcome.message !== undefined && { message: outcome.message }) };
}

/** Undefined when everything was taken without a remark; an answer that cannot be read counts as that, because its status is success. */
function partialSuccess(answer: HttpAnswer, records: number, show: Show): Outcome | undefined {
  const partial = parsePartialSuccess(answer);
  const rejected = Number(partial?.rejectedLogRecords ?? partial?.rejectedDataPoints ?? 0);
  const message = partial?.errorMessage;
  if (!(rejected > 0) && !message) return undefined;
  return {
    status: 'partial',
    rejected: Math.min(Math.max(Math.trunc(rejected) || 0, 0), records),
    ...(message && { message: `The server says: ${show(message)}` }),
  };
}

interface PartialSuccess {
  /** A number, or in JSON a text of digits. */
  readonly rejectedLogRecords?: number | string;
  /** The same for metrics. In protobuf both have the same number. */
  readonly rejectedDataPoints?: number | string;
  readonly errorMessage?: string;
}

function parsePartialSuccess({ headers, body }: HttpAnswer): PartialSuccess | undefined {
  const type = headers['content-type'] ?? '';
  try {
    if (type.startsWith('application/json')) return JSON.parse(Buffer.from(body).toString('utf8'))?.partialSuccess;
    if (type.startsWith('application/x-protobuf')) return ProtobufLogsSerializer.deserializeResponse(body).partialSuccess;
  } catch {}
  return undefined;
}

function statusMessage({ status, headers, body }: HttpAnswer, show: Show): string {
  const said = show(serverText(headers['content-type'] ?? '', body));
  const remedy = status < 400 ? redirectRemedy(headers.location, show) : REMEDIES[status];
  return [`HTTP ${status}.`, said && `The server says: ${said}.`, remedy].filter(Boolean).join(' ');
}

/** The address that a redirect names has the path that was appended to `endpoint`, if it is one for this signal at all. */
function redirectRemedy(location: string | undefined, show: Show): string {
  if (!location) return 'Redirects are not followed: correct the endpoint.';
  const [path] = /\/v1\/(?:logs|metrics)$/.exec(location) ?? [];
  const setting = path === undefined ? '' : `, or endpoint to what stands before ${path}`;
  return `Redirects are not followed: if ${show(location)} takes OTLP, set logsEndpoint or metricsEndpoint to it${setting}.`;
}

/** Servers answer errors with a google.rpc.Status in the request's own encoding, proxies with any text. */
function serverText(type: string, body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8');
  if (type.startsWith('application/x-protobuf')) return statusProtoMessage(body) ?? text;
  if (type.startsWith('application/json')) {
    try {
      const message: unknown = JSON.parse(text)?.message;
      if (typeof message === 'string') return message;
    } catch {}
  }
  return text;
}

/** Field 2 (message) of a google.rpc.Status whose field 1 (code) is a single byte or absent; undefined for anything else. */
function statusProtoMessage(body: Uint8Array): string | undefined {
  let at = body[0] === 0x08 && body[1] < 0x80 ? 2 : 0;
  if (body[at++] !== 0x12) return undefined;
  let length = 0;
  for (let shift = 0; shift < 21; shift += 7) {
    const byte = body[at++];
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) return Buffer.from(body.subarray(at, at + length)).toString('utf8');
  }
  return undefined;
}

function networkMessage(error: Error | undefined, show: Show): string {
  if (error === undefined) return 'No answer.';
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const remedy = NETWORK_REMEDIES[code] ?? (code.startsWith('HPE_') ? NOT_HTTP : code.startsWith('ERR_SSL_') ? WRONG_TLS : '');
  // A host of several addresses: none of them answered, and the error itself says nothing.
  return `${show(error.message || errorText(error))}. ${remedy}`.trim();
}
