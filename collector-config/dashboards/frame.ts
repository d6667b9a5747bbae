// What all dashboards have in common: variables, links to each other, annotations, time range.

import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as loki from '@grafana/grafana-foundation-sdk/loki';
import { type Link, type Panel, SOURCES } from './panels.ts';

/** Selectors every panel filters by. `service_name` is the same label in Prometheus and Loki. */
export const SERVICE = 'service_name=~"$service"';
export const ON_EXCHANGE = `${SERVICE}, exchange=~"$exchange"`;

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface FrameSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<dashboard.VariableModel>[];
  readonly rows: readonly Row[];
}

const TAG = 'hft-otel';

export function frame({ uid, title, description, variables, rows }: FrameSpec): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .timezone('browser')
    .time({ from: 'now-30m', to: 'now' })
    .refresh('10s')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .readonly()
    .variables([...variables])
    .annotation(riskLimits())
    .link(
      new dashboard.DashboardLinkBuilder('Dashboards')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    );
  for (const row of rows) {
    builder.withRow(new dashboard.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return finished(builder.build());
}

/** What the builder leaves open: a number for each panel, which links to a panel need; links beside the title, not in a menu. */
function finished(built: dashboard.Dashboard): dashboard.Dashboard {
  built.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  for (const link of built.links ?? []) delete link.placement;
  for (const annotation of built.annotations?.list ?? []) delete annotation.placement;
  return built;
}

/** Services that report to Prometheus. */
export function serviceVariable(): dashboard.QueryVariableBuilder {
  return listVariable('service', 'Service', 'label_values(hft_log_accepted_total, service_name)');
}

export function exchangeVariable(): dashboard.QueryVariableBuilder {
  return listVariable('exchange', 'Exchange', `label_values(orders_placed_total{${SERVICE}}, exchange)`);
}

/** Values of a label, any number of them; "All" also matches series without the label. */
export function listVariable(name: string, label: string, query: string): dashboard.QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCES.prometheus)
    .query({ query, refId: name })
    .definition(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' });
}

/** From a point of a line to the log records of ten seconds around it, on the dashboard of its exchange. */
export const LOGS_OF_THAT_MOMENT: Link = {
  title: 'Logs of this moment',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by Grafana.
  url: '/d/hft-exchange?${service:queryparam}&var-exchange=${__field.labels.exchange}&time=${__value.time}&time.window=10000',
};

/** Marks on every chart: what the risk limits stopped. */
function riskLimits(): dashboard.AnnotationQueryBuilder {
  return new dashboard.AnnotationQueryBuilder()
    .name('Risk limits')
    .datasource(SOURCES.loki)
    .enable(true)
    .iconColor('red')
    .titleFormat('{{event_name}} {{exchange}}')
    .textFormat('{{symbol}}')
    .target(new loki.DataqueryBuilder().refId('risk').expr(RISK_LIMITS).queryType('range'))
    .expr(RISK_LIMITS);
}

const RISK_LIMITS = `{lane="audit", ${SERVICE}} | event_name="risk_limit_hit"`;
