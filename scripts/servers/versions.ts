// Which servers the checks run against, at which version, and where a built one lies. One place to raise a version.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Five servers; Docker Compose, which needs no engine to check a compose file; and a check of Kubernetes manifests by its own types. */
export type ServerName = 'collector' | 'loki' | 'prometheus' | 'pushgateway' | 'kafka' | 'compose' | 'kubernetes';

export const SERVER_NAMES: readonly ServerName[] = [
  'collector',
  'loki',
  'prometheus',
  'pushgateway',
  'kafka',
  'compose',
  'kubernetes',
];

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** Override with HFT_SERVERS_CACHE to share one cache between checkouts. */
export const CACHE = process.env.HFT_SERVERS_CACHE || join(REPOSITORY, '.cache', 'servers');

export const COLLECTOR_MANIFEST = join(REPOSITORY, 'collector-config', 'build', 'manifest.yaml');
export const LOKI_MODULE = fileURLToPath(new URL('loki/go.mod', import.meta.url));
/** A program of ours: builds a kustomization and decodes its objects strictly. */
export const KUBERNETES_MODULE = fileURLToPath(new URL('kubernetes', import.meta.url));
export const KAFKA_POM = fileURLToPath(new URL('kafka/pom.xml', import.meta.url));
/** Runs a class of Kafka; lies beside its jars. */
export const KAFKA_JAVA_MAIN = fileURLToPath(new URL('kafka/java-main', import.meta.url));
export const KAFKA_LOG4J = fileURLToPath(new URL('kafka/log4j2.properties', import.meta.url));

export const VERSIONS = {
  /** The last release for which every component of the manifest is published. */
  collector: '0.155.0',
  loki: '3.7.8',
  /** Prometheus numbers its Go module v0.MAJORMINOR.PATCH: this one is the release 3.16.0. */
  prometheus: '3.16.0',
  /** Debian's package: the Pushgateway is not published as a Go module that builds without its web assets. */
  pushgateway: '1.5.1',
  /** From Maven, on Java 17 or later. */
  kafka: '4.1.0',
  /** The last release that `go install` takes: later ones exclude modules in their go.mod. */
  compose: '2.32.4',
  /** Of the API types that manifests are decoded with (k8s.io/api v0.34.1). */
  kubernetes: '1.34.1',
} as const satisfies Record<ServerName, string>;

export const PROMETHEUS_MODULE_VERSION = 'v0.316.0';

const RECIPE_FILES: Partial<Record<ServerName, readonly string[]>> = {
  collector: [COLLECTOR_MANIFEST],
  loki: [LOKI_MODULE],
  kafka: [KAFKA_POM, KAFKA_JAVA_MAIN, KAFKA_LOG4J],
  kubernetes: ['go.mod', 'go.sum', 'main.go'].map((file) => join(KUBERNETES_MODULE, file)),
};

/**
 * The folder of one built server. Its name holds the version and, where files of ours decide what is built, the first
 * eight hex digits of their SHA-256: a changed manifest is another folder, so a stale binary is never run.
 */
export function serverFolder(name: ServerName): string {
  const hash = createHash('sha256');
  const files = RECIPE_FILES[name] ?? [];
  for (const file of files) hash.update(readFileSync(file));
  const key = files.length === 0 ? '' : `-${hash.digest('hex').slice(0, 8)}`;
  return join(CACHE, `${name}-${VERSIONS[name]}${key}`);
}

/** The executables of each server, the one that is started first. */
export const EXECUTABLES: Record<ServerName, readonly [string, ...string[]]> = {
  collector: ['otelcol-hft'],
  loki: ['loki'],
  prometheus: ['prometheus', 'promtool'],
  pushgateway: ['prometheus-pushgateway'],
  kafka: ['java-main'],
  compose: ['docker-compose'],
  kubernetes: ['kubernetes-check'],
};

/**
 * Path of an installed executable.
 * @throws Error with the command that installs it, when it is not in the cache.
 */
export function executable(name: ServerName, program: string = EXECUTABLES[name][0]): string {
  const path = join(serverFolder(name), program);
  if (existsSync(path)) return path;
  throw new Error(`${name} ${VERSIONS[name]} is not in the cache (${path}). Build it with: npm run servers -- ${name}`);
}

export function isInstalled(name: ServerName): boolean {
  return EXECUTABLES[name].every((program) => existsSync(join(serverFolder(name), program)));
}
