/** Prometheus, a Pushgateway and a collector for a test, as `prometheus.yaml` and `collector.yaml` in its folder say. */
import { join } from 'node:path';
import { type RunningServer, startServer } from '../../scripts/servers/process.ts';
import { startPushgateway } from '../../scripts/servers/run.ts';
import { executable } from '../../scripts/servers/versions.ts';

interface MetricServers {
  readonly folder: string;
  readonly prometheusPort: number;
  readonly pushPort: number;
  /** Of the collector's health check. */
  readonly healthPort: number;
}

export async function startMetricServers({
  folder,
  prometheusPort,
  pushPort,
  healthPort,
}: MetricServers): Promise<RunningServer[]> {
  return [
    await startServer({
      name: 'prometheus',
      program: executable('prometheus'),
      args: [
        `--config.file=${join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
        '--web.enable-otlp-receiver',
        '--enable-feature=exemplar-storage',
        '--web.enable-remote-write-receiver',
      ],
      logPath: join(folder, 'prometheus.log'),
      ready: `http://127.0.0.1:${prometheusPort}/-/ready`,
    }),
    await startPushgateway({ folder, port: pushPort }),
    await startServer({
      name: 'collector',
      program: executable('collector'),
      args: ['--config', join(folder, 'collector.yaml')],
      logPath: join(folder, 'collector.log'),
      ready: `http://127.0.0.1:${healthPort}/`,
    }),
  ];
}
