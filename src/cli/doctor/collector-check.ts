/**
 * Does a record arrive at the collector? A probe record is sent with the code of the service, and its delivery is followed.
 */
import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { resolveConfig } from '../../config/resolve.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import { durationText } from '../../encoders/durations.ts';
import type { LoggingConfig } from '../../index.ts';
import { openInstance } from '../../logging.ts';
import { withOtlpAlone } from '../quiet-instance.ts';
import type { Finding, FindingCode } from './finding.ts';

const PEEK_MILLIS = 3_000;

/** `Date` headers have whole seconds, and an answer has been under way. */
const CLOCK_TOLERANCE_MILLIS = 2_000;

interface Target {
  readonly setting: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `config`: the configuration that `resolved` was made from. */
export async function checkCollectors(
  config: LoggingConfig,
  resolved: ResolvedConfig,
  timeoutMillis: number,
): Promise<Finding[]> {
  const { logsEndpoints, auditEndpoints, headers, auditHeaders } = resolved.backends.otlp;
  const targets: Target[] = [
    ...logsEndpoints.map((url) => ({ setting: 'logs to', url, headers })),
    ...auditEndpoints
      .filter((url) => !logsEndpoints.includes(url))
      .map((url) => ({ setting: 'audit events to', url, headers: auditHeaders })),
  ];
  const findings = await Promise.all(
    targets.map(async (target) => [await probe(config, target, timeoutMillis), ...(await checkClock(target.url))]),
  );
  return findings.flat();
}

async function probe(config: LoggingConfig, { setting, url, headers }: Target, timeoutMillis: number): Promise<Finding> {
  const subject = `${setting} ${url}`;
  const id = randomUUID();
  const { endpoint: _, endpoints: __, ...given } = config.backends?.otlp ?? {};
  const resolution = resolveConfig(
    {
      ...(config.service !== undefined && { service: config.service }),
      ...(config.environment !== undefined && { environment: config.environment }),
      level: 'info',
      handleExits: false,
      diagnosticLevel: 'none',
      backends: {
        otlp: {
          ...given,
          enabled: true,
          level: 'info',
          logsEndpoint: url,
          headers,
          // A probe that does not arrive must not be sent later.
          spool: { enabled: false },
          deadLetters: join(tmpdir(), `hft-otel-doctor-${process.pid}.jsonl`),
        },
      },
    },
    process.env,
  );
  // Metrics of this process would stand at the collector under the name of the service.
  const { logging } = openInstance(withOtlpAlone(resolution));
  try {
    // The time for the worker's start does not count.
    await logging.ready;
    const startedMillis = performance.now();
    logging.getLogger('hft-otel.doctor').info('probe', { probe: id });
    await logging.flush({ timeoutMillis });
    const { otlp } = logging.health().backends;
    if (otlp.delivered > 0) {
      const took = durationText((performance.now() - startedMillis) * 1e6);
      return {
        status: 'ok',
        code: 'collector',
        subject,
        message: `A record was taken after ${took}: logger hft-otel.doctor, probe ${id}.`,
      };
    }
    return { status: 'fault', subject, ...(await diagnosis(url, otlp.lastError ?? `No answer within ${timeoutMillis} ms.`)) };
  } finally {
    await logging.shutdown({ timeoutMillis: 0 });
  }
}

const REMEDIES = {
  'wrong-token':
    'Set the collector’s token in backends.otlp.headers (or OTEL_EXPORTER_OTLP_HEADERS): { authorization: "Bearer …" }, and look whether it has expired.',
  'wrong-path':
    'backends.otlp.endpoint is the base address without a path, /v1/logs is appended; logsEndpoint is used as it is. Correct the path.',
  'grpc-port': 'Use the port of OTLP over HTTP, 4318 as a rule; 4317 is that of gRPC.',
  'tls-mismatch':
    'Use https:// where the collector speaks TLS and http:// where it does not; give the certificate to trust in backends.otlp.certificate.',
  'collector-unreachable':
    'Start the collector, correct host and port of backends.otlp.endpoint, or open the way there (firewall, network policy).',
  'collector-refuses': 'The message has the collector’s own words; look at its log.',
} as const satisfies Partial<Record<FindingCode, string>>;

async function diagnosis(url: string, lastError: string): Promise<Pick<Finding, 'code' | 'message' | 'remedy'>> {
  const code = await codeOf(new URL(url), lastError);
  return { code, message: lastError, remedy: REMEDIES[code] };
}

async function codeOf(url: URL, lastError: string): Promise<keyof typeof REMEDIES> {
  if (
    /\bcertificate\b|backends\.otlp\.client|self.signed|wrong version number|EPROTO|HTTP request to an HTTPS server|altname/i.test(
      lastError,
    )
  )
    return 'tls-mismatch';
  // Some servers close such a connection without an answer.
  const isOtherProtocol = url.protocol === 'http:' ? speaksTls : speaksHttp;
  if (!/^HTTP \d/.test(lastError) && (await isOtherProtocol(url))) return 'tls-mismatch';
  if (/^HTTP 40[13]\b/.test(lastError)) return 'wrong-token';
  if (/^HTTP 40[45]\b/.test(lastError)) return 'wrong-path';
  if (/Parse Error|HPE_|4317 is gRPC/.test(lastError)) return 'grpc-port';
  return /^HTTP \d/.test(lastError) ? 'collector-refuses' : 'collector-unreachable';
}

function speaksTls({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = tlsConnect({ host, port: Number(port || 80), rejectUnauthorized: false, timeout: PEEK_MILLIS });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on('secureConnect', () => settle(true))
      .on('timeout', () => settle(false))
      .on('error', () => settle(false));
  });
}

/** HTTP without TLS, on the port that was meant for it. */
async function speaksHttp({ host }: URL): Promise<boolean> {
  return (await dateOf(`http://${host}/`)) !== undefined;
}

/** The clock of the HTTP server there, by any answer. */
async function checkClock(url: string): Promise<Finding[]> {
  const sentMillis = Date.now();
  const header = await dateOf(url);
  const theirs = Date.parse(header ?? '');
  if (Number.isNaN(theirs)) return [];
  // The server's time is within the second of the header, and between our request and its answer.
  const ahead = sentMillis - (theirs + 1_000);
  const behind = theirs - Date.now();
  const offMillis = Math.max(ahead, behind);
  const subject = `clock of ${new URL(url).host}`;
  if (offMillis <= CLOCK_TOLERANCE_MILLIS)
    return [{ status: 'ok', code: 'clock', subject, message: 'Ours agrees with it, as far as whole seconds tell.' }];
  return [
    {
      status: 'fault',
      code: 'clock-off',
      subject,
      message: `Ours is ${durationText(offMillis * 1e6) ?? 'far'} ${ahead > behind ? 'ahead of' : 'behind'} it.`,
      remedy:
        'Set the clock of this machine by NTP or PTP (chronyc tracking, timedatectl); if it is right, that of the collector.',
    },
  ];
}

function dateOf(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    // Only the time is read, and nothing is sent: the certificate does not matter.
    const asked = request(url, { method: 'GET', timeout: PEEK_MILLIS, agent: false, rejectUnauthorized: false }, (response) => {
      resolve(response.headers.date);
      response.destroy();
    });
    asked
      .on('timeout', () => asked.destroy())
      .on('error', () => resolve(undefined))
      .on('close', () => resolve(undefined));
    asked.end();
  });
}
