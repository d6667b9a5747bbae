// How each server is made. A recipe fills an empty folder with the executables; where it lies in the end is install.ts's affair.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.ts';
import type { Progress } from './progress.ts';
import {
  COLLECTOR_MANIFEST,
  KAFKA_JAVA_MAIN,
  KAFKA_LOG4J,
  KAFKA_POM,
  KUBERNETES_MODULE,
  LOKI_MODULE,
  PROMETHEUS_MODULE_VERSION,
  type ServerName,
  VERSIONS,
} from './versions.ts';

export type Recipe = (folder: string, progress: Progress) => Promise<void>;

/** Static executables without a C compiler; without debug tables and paths of this machine. */
const GO_ENV = { CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false' };
const STRIPPED = '-s -w';

export const RECIPES: Record<ServerName, Recipe> = {
  /** The builder only writes the sources: the `go mod tidy` of a full run fails where a module that only foreign tests need is missing. */
  async collector(folder, progress) {
    const workFolder = join(folder, 'work');
    mkdirSync(workFolder);
    progress.stage('writing the sources');
    const builder = `go.opentelemetry.io/collector/cmd/builder@v${VERSIONS.collector}`;
    await run('go', ['run', builder, '--config', COLLECTOR_MANIFEST, '--skip-compilation', '--skip-get-modules'], {
      cwd: workFolder,
      env: { CGO_ENABLED: '0' },
    });
    writeFileSync(join(workFolder, 'source', 'go.mod'), goModule(readFileSync(COLLECTOR_MANIFEST, 'utf8')));
    await goBuild(join(workFolder, 'source'), '.', join(folder, 'otelcol-hft'), STRIPPED, progress);
  },

  async loki(folder, progress) {
    const workFolder = join(folder, 'work');
    mkdirSync(workFolder);
    copyFileSync(LOKI_MODULE, join(workFolder, 'go.mod'));
    const version = `-X github.com/grafana/loki/v3/pkg/util/build.Version=${VERSIONS.loki}`;
    await goBuild(workFolder, 'github.com/grafana/loki/v3/cmd/loki', join(folder, 'loki'), `${STRIPPED} ${version}`, progress);
  },

  /** Without service discovery (remove_all_sd): the configuration names its targets, and the build takes a third of the time. */
  async prometheus(folder, progress) {
    const version = `-X github.com/prometheus/common/version.Version=${VERSIONS.prometheus}`;
    for (const program of ['prometheus', 'promtool']) {
      const module = `github.com/prometheus/prometheus/cmd/${program}@${PROMETHEUS_MODULE_VERSION}`;
      await goInstall(module, ['-tags', 'remove_all_sd,netgo', '-ldflags', `${STRIPPED} ${version}`], folder, progress);
    }
  },

  /** Debian's package, unpacked here: needs no root and starts nothing. One that is installed already is taken as it is. */
  async pushgateway(folder, progress) {
    const target = join(folder, 'prometheus-pushgateway');
    const installed = onPath('prometheus-pushgateway');
    if (installed !== undefined) {
      copyFileSync(installed, target);
      return;
    }
    const workFolder = join(folder, 'work');
    mkdirSync(workFolder);
    progress.stage('downloading the Debian package');
    await run('apt-get', ['download', 'prometheus-pushgateway'], { cwd: workFolder }).catch((error: Error) => {
      throw new Error(
        `${error.message}\nIf the package list is missing: apt-get update (as root), or apt-get install prometheus-pushgateway.`,
      );
    });
    const archive = readdirSync(workFolder).find((file) => file.endsWith('.deb'));
    if (archive === undefined)
      throw new Error('apt-get download left no .deb behind: try apt-get install prometheus-pushgateway.');
    await run('dpkg', ['-x', archive, '.'], { cwd: workFolder });
    renameSync(join(workFolder, 'usr', 'bin', 'prometheus-pushgateway'), target);
  },

  /** The broker's jars and those they need: nothing is compiled. */
  async kafka(folder, progress) {
    progress.stage('fetching jars with Maven');
    const goal = ['-B', '-q', '-f', KAFKA_POM, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
    await run('mvn', [...goal, `-DoutputDirectory=${join(folder, 'libs')}`], { cwd: folder });
    copyFileSync(KAFKA_LOG4J, join(folder, 'log4j2.properties'));
    copyFileSync(KAFKA_JAVA_MAIN, join(folder, 'java-main'));
  },

  async compose(folder, progress) {
    const version = `-X github.com/docker/compose/v2/internal.Version=v${VERSIONS.compose}`;
    await goInstall(
      `github.com/docker/compose/v2/cmd@v${VERSIONS.compose}`,
      ['-ldflags', `${STRIPPED} ${version}`],
      folder,
      progress,
    );
    renameSync(join(folder, 'cmd'), join(folder, 'docker-compose'));
  },

  async kubernetes(folder, progress) {
    await goBuild(KUBERNETES_MODULE, '.', join(folder, 'kubernetes-check'), STRIPPED, progress);
  },
};

/** Leaves the executable, named after the module's last folder, in `folder`. */
async function goInstall(module: string, flags: readonly string[], folder: string, progress: Progress): Promise<void> {
  progress.stage(`compiling ${module}`);
  const env = { CGO_ENABLED: '0', GOBIN: folder };
  await run('go', ['install', '-v', '-trimpath', ...flags, module], { cwd: folder, env, onLine: progress.step });
}

/** The manifest's modules and the collector's own command, as a go.mod. The `go` line turns on pruning: without it every test dependency is asked for. */
function goModule(manifest: string): string {
  const modules = [...manifest.matchAll(/^ *- gomod: *(\S+) +(\S+)$/gm)].map(([, path, version]) => `\t${path} ${version}`);
  return `module hft-otel.invalid/collector\n\ngo 1.26\n\nrequire (\n\tgo.opentelemetry.io/collector/otelcol v${VERSIONS.collector}\n${modules.join('\n')}\n)\n`;
}

/** Lists what will be compiled first, so that progress has an end to count towards. */
async function goBuild(module: string, pkg: string, output: string, ldflags: string, progress: Progress): Promise<void> {
  progress.stage('downloading modules');
  const packages = await run('go', ['list', '-deps', pkg], { cwd: module, env: GO_ENV, onLine: progress.step });
  progress.stage('compiling packages', packages.trimEnd().split('\n').length);
  await run('go', ['build', '-v', '-trimpath', '-ldflags', ldflags, '-o', output, pkg], {
    cwd: module,
    env: GO_ENV,
    onLine: progress.step,
  });
}

function onPath(program: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}
