/**
 * Is the port of /metrics free, or served by the service itself?
 */
import { createServer } from 'node:net';
import type { ResolvedConfig } from '../../config/resolved.ts';
import type { Finding } from './finding.ts';

const ANSWER_MILLIS = 2_000;

/** A metric that our page always has. */
const OWN_METRIC = /^hft_otel_/m;

export async function checkPort({ backends: { prometheus } }: ResolvedConfig): Promise<Finding[]> {
  const { enabled, host, port, endpoint } = prometheus;
  if (!enabled || port === 0) return [];
  const subject = `backends.prometheus ${host}:${port}`;
  const code = await listenError(host, port);
  if (code === undefined) return [{ status: 'ok', code: 'port', subject, message: 'The port is free.' }];
  if (code === 'EADDRINUSE') {
    const page = await fetchPage(host, port, endpoint);
    if (page !== undefined && OWN_METRIC.test(page))
      return [
        { status: 'ok', code: 'port', subject, message: 'A process with hft-otel serves it: the service itself, as it seems.' },
      ];
    return [
      {
        status: 'fault',
        code: 'port-taken',
        subject,
        message: 'Another program listens there, and it is none of ours.',
        remedy: `Find it (ss -ltnp 'sport = :${port}') and end it, or set backends.prometheus.port (OTEL_EXPORTER_PROMETHEUS_PORT) to another one.`,
      },
    ];
  }
  return [
    {
      status: 'fault',
      code: 'port-taken',
      subject,
      message: `The port cannot be had: ${code}.`,
      remedy: REMEDIES[code] ?? 'Choose another host or port.',
    },
  ];
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'Ports below 1024 are for root: choose a higher one.',
  EADDRNOTAVAIL: 'No interface of this machine has that address: set backends.prometheus.host to one that has, or to 0.0.0.0.',
};

function listenError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function fetchPage(host: string, port: number, endpoint: string): Promise<string | undefined> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}${endpoint}`, { signal: AbortSignal.timeout(ANSWER_MILLIS) });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}
