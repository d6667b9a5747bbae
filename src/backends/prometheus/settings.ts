/**
 * Settings of metrics for Prometheus: those of the page that it scrapes, and of the push gateway.
 */
import { listOf } from '../../settings/kinds/composite-kinds.ts';
import { boolean, integer, text } from '../../settings/kinds/kinds.ts';
import { httpPath, httpUrl, listenHost } from '../../settings/kinds/place-kinds.ts';
import { section } from '../../settings/section.ts';
import { setting } from '../../settings/setting.ts';
import { enabled, HOUR_MILLIS } from '../common-rows.ts';

export type PrometheusSettings = ReturnType<typeof prometheusSection.resolve>;

export const prometheusSection = section({
  name: 'prometheus',
  summary: 'Metrics to be scraped, and pushed to a Pushgateway.',
  exporter: { signal: 'metrics', word: 'prometheus', decides: true },
  rows: {
    enabled: enabled(),
    host: setting(listenHost, 'Address that the endpoint listens on.', {
      value: '127.0.0.1',
      origin: 'metrics are readable on this machine alone unless you choose otherwise',
      variables: ['OTEL_EXPORTER_PROMETHEUS_HOST'],
    }),
    port: setting(integer(0, 65_535), 'Port that the endpoint listens on; 0 takes any free one, for tests.', {
      value: 9464,
      unit: 'TCP port',
      origin: 'OTEL_EXPORTER_PROMETHEUS_PORT',
      variables: ['OTEL_EXPORTER_PROMETHEUS_PORT'],
    }),
    endpoint: setting(httpPath, 'Path of the endpoint.', { value: '/metrics', origin: 'Prometheus' }),
    allowedHosts: setting(
      listOf(text(255), 64),
      'Names in the Host header that are answered beside addresses, private names and those of this machine; `*.` in front stands for all names below, `*` for every name.',
      {
        value: [],
        origin: 'a page of the internet could read the metrics through a name of its own that resolves to this machine',
      },
    ),
    pushGatewayUrl: setting(
      httpUrl({ userinfo: true, query: false }),
      'Pushgateway to push to as well; `user:password@` is sent as basic authorization.',
      { derived: 'none: nothing is pushed', variables: [{ name: 'HFT_PUSH_GATEWAY_URL', starts: true }] },
    ),
    pushIntervalMillis: setting(integer(100, 24 * HOUR_MILLIS, 'ms'), 'Time between pushes.', {
      value: 15_000,
      unit: 'ms',
      origin: 'a usual scrape interval of Prometheus',
    }),
    jobName: setting(text(255), 'Grouping key `job` of pushes.', { derived: 'service.name' }),
    deleteOnShutdown: setting(boolean, 'Whether a shutdown deletes the pushed group.', {
      value: false,
      origin: 'the last values of a batch job are what its group is kept for',
    }),
  },
  resolve(given, { enabled, serviceName }) {
    const settled = given.settled();
    return { ...settled, enabled, jobName: settled.jobName ?? serviceName };
  },
});
