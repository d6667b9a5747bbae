/**
 * Is the port of /metrics free, or served by the service itself?
 */
import { createServer } from 'node:net';
import { type SharedPort, sharesPort, sharingService } from '../../backends/prometheus/peers.ts';
import type { ResolvedConfig } from '../../config/resolved.ts';
import type { Finding } from './finding.ts';
import { serviceName, serviceServing } from './served-page.ts';

export async function checkPort({ backends: { prometheus }, resource }: ResolvedConfig): Promise<Finding[]> {
  const { enabled, host, port, endpoint } = prometheus;
  if (!enabled || port === 0) return [];
  const subject = `backends.prometheus ${host}:${port}`;
  const code = await listenError(host, port);
  if (code === undefined) return [{ status: 'ok', code: 'port', subject, message: 'The port is free.' }];
  if (code === 'EADDRINUSE') {
    const serving = await serviceServing(host, port, endpoint);
    return [{ ...(await taken(resource, serving, { host, port, service: sharingService(resource) })), subject }];
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

/** Processes of one service may share a port, those of two cannot. `serving`: the service that serves a page of ours there. */
async function taken(
  resource: ResolvedConfig['resource'],
  serving: string | undefined,
  shared: SharedPort,
): Promise<Omit<Finding, 'subject'>> {
  const own = serviceName(resource['service.name'], resource['service.namespace']);
  if (serving === own)
    return {
      status: 'ok',
      code: 'port',
      message: `A process of the service ${own} serves it. ${(await sharesPort(shared)) ? 'A second one that is started as this command was shares the port.' : NOT_SHARED}`,
    };
  const setting = 'backends.prometheus.port (OTEL_EXPORTER_PROMETHEUS_PORT)';
  if (serving !== undefined)
    return {
      status: 'fault',
      code: 'port-taken',
      message: `The service ${serving} serves it, and this one is ${own}: only processes of one service share a port.`,
      remedy: `Give each service a port of its own: ${setting}.`,
    };
  return {
    status: 'fault',
    code: 'port-taken',
    message: 'Another program listens there, and no page of ours answers.',
    remedy: `Find it (${listenersOf(shared.port)}) and end it, or set ${setting} to another one.`,
  };
}

/** The process may be of another user, and then nothing of it can be seen but its page. */
const NOT_SHARED =
  process.platform === 'win32'
    ? 'A second one needs another port: on Windows processes cannot share one.'
    : 'A second one shares the port if it has the same user and directory for temporary files, and is the same program where the service has no name; this command would not.';

/** The command that names the process. */
function listenersOf(port: number): string {
  if (process.platform === 'linux') return `ss -ltnp 'sport = :${port}'`;
  return process.platform === 'win32' ? `netstat -ano | findstr :${port}` : `lsof -nP -iTCP:${port} -sTCP:LISTEN`;
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
