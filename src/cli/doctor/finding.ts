/** Findings of `hft-otel doctor`. */

export type FindingStatus = 'ok' | 'warning' | 'fault';

/** Stable: programs may decide by them. docs/command.md lists them. */
export const FINDING_CODES = {
  configuration: 'whether the configuration itself is valid',
  'level-too-high': 'records of an expected level are not written, or no backend takes them',
  'route-to-nowhere': 'a route leads only to backends that do not run',
  'audit-nowhere': 'audit events go to no backend that keeps them',
  'no-permission': 'a file or its folder is not writable for this user',
  'no-disk': 'a disk has no or little room left',
  'no-folder': 'the folder of a file is not a folder, or the file cannot be written for another reason',
  disk: 'the file can be written',
  'port-taken': 'the port of /metrics belongs to another program, or to another service',
  port: 'the port of /metrics is free, or served by this service',
  'clock-off': 'the clocks of this machine and of the collector differ',
  clock: 'the clocks of this machine and of the collector agree',
  'wrong-token': 'the collector refuses the credentials',
  'wrong-path': 'the collector has nothing at that path',
  'grpc-port': 'the port speaks gRPC, not HTTP',
  'tls-mismatch': 'one end uses TLS and the other does not, or the certificate is not trusted',
  'collector-unreachable': 'nothing answers at the address of the collector',
  'collector-refuses': 'the collector answers, but does not accept the record',
  collector: 'the collector has accepted a probe record',
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
