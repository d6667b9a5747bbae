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
      origin: 'only this machine can read metrics, unless you choose otherwise',
      variables: ['OTEL_EXPORTER_PROMETHEUS_HOST'],
    }),
    port: setting(integer(0, 65_535), 'Port that the endpoint listens on. 0 takes any free port, for tests.', {
      value: 9464,
      unit: 'TCP port',
      origin: 'OTEL_EXPORTER_PROMETHEUS_PORT',
      variables: ['OTEL_EXPORTER_PROMETHEUS_PORT'],
    }),
    endpoint: setting(httpPath, 'Path of the endpoint.', { value: '/metrics', origin: 'Prometheus' }),
    allowedHosts: setting(
      listOf(text(255), 64),
      'Further names that are accepted in the Host header, beside addresses, names without a dot, private names and the hostname of this machine. The full name of the machine (`host.example.com`) belongs here, unless it is the hostname. `*.` in front stands for all names below, `*` for every name.',
      {
        value: [],
        origin: 'a web page could read the metrics through a name of its own that resolves to this machine (DNS rebinding)',
      },
    ),
    pushGatewayUrl: setting(
      httpUrl({ userinfo: true, query: false }),
      'Address of a Pushgateway that metrics are pushed to as well. `user:password@` is sent as basic authentication.',
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
      origin: 'the group exists to keep the last values of a batch job',
    }),
  },
  resolve(given, { enabled, serviceName }) {
    const settled = given.settled();
    return { ...settled, enabled, jobName: settled.jobName ?? serviceName };
  },
});
