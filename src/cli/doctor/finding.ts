/** Findings of `hft-otel doctor`. */

export type FindingStatus = 'ok' | 'warning' | 'fault';

/** Stable: programs may decide by them. docs/command.md lists them. */
export const FINDING_CODES = {
  configuration: 'the configuration as such',
  'level-too-high': 'records of a level that is expected are not written, or taken by no backend',
  'route-to-nowhere': 'a route leads to no backend that runs',
  'audit-nowhere': 'audit events go to no backend that keeps them',
  'no-permission': 'a file or its folder may not be written',
  'no-disk': 'there is no room on a disk, or little',
  'no-folder': 'a file’s folder is no folder, or the file cannot be written for another reason',
  disk: 'a file can be written',
  'port-taken': 'the port of /metrics belongs to another program',
  port: 'the port of /metrics is free, or served by this service',
  'clock-off': 'this machine’s clock is not that of the collector',
  clock: 'the clocks agree',
  'wrong-token': 'the collector refuses the credentials',
  'wrong-path': 'the collector has nothing at that path',
  'grpc-port': 'the port speaks gRPC, not HTTP',
  'tls-mismatch': 'one end speaks TLS and the other does not, or the certificate is not trusted',
  'collector-unreachable': 'nothing answers at that address',
  'collector-refuses': 'the collector answers, and does not take the record',
  collector: 'a probe record has arrived at the collector',
} as const;

export type FindingCode = keyof typeof FINDING_CODES;

export interface Finding {
  readonly status: FindingStatus;
  readonly code: FindingCode;
  /** The subject: a setting, a path, an address. */
  readonly subject: string;
  readonly message: string;
  /** The remedy; absent when all is well. */
  readonly remedy?: string;
}
