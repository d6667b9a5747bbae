// Panels with this project's habits: a unit and a description on every one, legends as tables with the numbers that matter,
// thresholds in the same three colours. Grafana's own builder makes the JSON.

import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmapPanel from '@grafana/grafana-foundation-sdk/heatmap';
import * as logsPanel from '@grafana/grafana-foundation-sdk/logs';
import * as loki from '@grafana/grafana-foundation-sdk/loki';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as statPanel from '@grafana/grafana-foundation-sdk/stat';
import * as statetimelinePanel from '@grafana/grafana-foundation-sdk/statetimeline';
import * as tablePanel from '@grafana/grafana-foundation-sdk/table';
import * as timeseriesPanel from '@grafana/grafana-foundation-sdk/timeseries';
import type { Query } from './queries.ts';

export const SOURCES = {
  prometheus: { type: 'prometheus', uid: 'prometheus' },
  loki: { type: 'loki', uid: 'loki' },
} as const;

/** Grafana's grid is 24 wide. */
export const FULL = 24;
export const HALF = 12;
export const THIRD = 8;
export const SIXTH = 4;
const STAT_HEIGHT = 4;
const CHART_HEIGHT = 8;

/** Green, from `warn` yellow, from `bad` red. For "less is worse" give `warn` above `bad`. */
export interface Limits {
  readonly warn: number;
  readonly bad: number;
}

export interface PanelSpec {
  readonly title: string;
  /** What it shows, and what to make of it: the ⓘ of the panel. */
  readonly description: string;
  /** Grafana's unit id. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly span?: number;
  /** In rows of Grafana's grid. */
  readonly height?: number;
  readonly limits?: Limits;
  readonly links?: readonly Link[];
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

export type Panel = Builder<dashboard.Panel>;

export interface ChartSpec extends PanelSpec {
  readonly stacked?: boolean;
  readonly logarithmic?: boolean;
  readonly max?: number;
}

export function chart(spec: ChartSpec): Panel {
  const panel = new timeseriesPanel.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(sourceOf(spec))
    .targets(targets(spec))
    .unit(spec.unit)
    .min(0)
    .span(spec.span ?? HALF)
    .height(spec.height ?? CHART_HEIGHT)
    .lineWidth(1)
    .fillOpacity(spec.stacked === true ? 40 : 8)
    .showPoints(common.VisibilityMode.Never)
    .spanNulls(false)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['mean', 'max', 'lastNotNull']),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .dataLinks(links(spec));
  if (spec.max !== undefined) panel.max(spec.max);
  if (spec.stacked === true) panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (spec.logarithmic === true) {
    panel.scaleDistribution(new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10));
  }
  if (spec.limits !== undefined) {
    panel
      .thresholds(thresholds(spec.limits))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

/** A line that may go below zero: a position, a profit. */
export function signedChart(spec: ChartSpec): Panel {
  const panel = chart(spec).build();
  delete panel.fieldConfig?.defaults.min;
  return { build: () => panel };
}

export function stat(spec: PanelSpec): Panel {
  return new statPanel.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(sourceOf(spec))
    .targets(targets(spec))
    .unit(spec.unit)
    .span(spec.span ?? SIXTH)
    .height(spec.height ?? STAT_HEIGHT)
    .graphMode(common.BigValueGraphMode.Area)
    .colorMode(spec.limits === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(
      spec.limits === undefined
        ? new dashboard.ThresholdsConfigBuilder().steps([{ value: null, color: 'text' }])
        : thresholds(spec.limits),
    )
    .dataLinks(links(spec));
}

/** Where observations fell over time; the logarithmic axis keeps a microsecond and a second in one picture. */
export function heatmap(spec: PanelSpec): Panel {
  return new heatmapPanel.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(sourceOf(spec))
    .targets(targets(spec, prometheus.PromQueryFormat.Heatmap))
    .span(spec.span ?? HALF)
    .height(spec.height ?? CHART_HEIGHT)
    .calculate(false)
    .cellGap(1)
    .color(
      new heatmapPanel.HeatmapColorOptionsBuilder()
        .mode(heatmapPanel.HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .scale(heatmapPanel.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    )
    .yAxis(
      new heatmapPanel.YAxisConfigBuilder()
        .unit(spec.unit)
        .scaleDistribution(new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10)),
    )
    .filterValues(new heatmapPanel.FilterValueRangeBuilder().le(1e-9))
    .tooltip(new heatmapPanel.HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single).yHistogram(true))
    .dataLinks(links(spec));
}

/** A number that stands for a word, over time. */
export function states(
  spec: Omit<PanelSpec, 'unit' | 'limits'> & { readonly words: Readonly<Record<string, { text: string; color: string }>> },
): Panel {
  return new statetimelinePanel.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(sourceOf(spec))
    .targets(targets(spec))
    .span(spec.span ?? HALF)
    .height(spec.height ?? CHART_HEIGHT)
    .mappings([{ type: dashboard.MappingType.ValueToText, options: spec.words } as dashboard.ValueMap]);
}

export function logs(spec: Omit<PanelSpec, 'unit' | 'limits'>): Panel {
  return new logsPanel.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(sourceOf(spec))
    .targets(targets(spec))
    .span(spec.span ?? FULL)
    .height(CHART_HEIGHT + 2)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Descending)
    .dedupStrategy(common.LogsDedupStrategy.None);
}

/** Log records as a table: each of `columns` is a label or a piece of structured metadata. */
export function recordTable(spec: Omit<PanelSpec, 'unit' | 'limits'> & { readonly columns: readonly string[] }): Panel {
  const shown = ['Time', ...spec.columns];
  return new tablePanel.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(sourceOf(spec))
    .targets(targets(spec))
    .span(spec.span ?? FULL)
    .height(CHART_HEIGHT + 4)
    .filterable(true)
    .withTransformation({ id: 'extractFields', options: { source: 'labels', format: 'json', keepTime: true, replace: true } })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: shown } },
    })
    .withTransformation({
      id: 'organize',
      options: { indexByName: Object.fromEntries(shown.map((name, index) => [name, index])) },
    });
}

/** Series as rows of a table, their labels as columns. */
export function seriesTable(spec: PanelSpec): Panel {
  return new tablePanel.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(sourceOf(spec))
    .targets(targets(spec, prometheus.PromQueryFormat.Table))
    .unit(spec.unit)
    .span(spec.span ?? HALF)
    .height(spec.height ?? CHART_HEIGHT)
    .filterable(true)
    .withTransformation({ id: 'organize', options: { excludeByName: { Time: true } } })
    .thresholds(
      spec.limits === undefined
        ? new dashboard.ThresholdsConfigBuilder().steps([{ value: null, color: 'text' }])
        : thresholds(spec.limits),
    )
    .dataLinks(links(spec));
}

function targets(spec: Pick<PanelSpec, 'queries'>, format = prometheus.PromQueryFormat.TimeSeries): Builder<Dataquery>[] {
  return spec.queries.map((query, index) => {
    const refId = String.fromCharCode(65 + index);
    return query.source === 'loki' ? lokiTarget(query, refId) : prometheusTarget(query, refId, format);
  });
}

function prometheusTarget(
  { expr, legend, instant }: Query,
  refId: string,
  format: prometheus.PromQueryFormat,
): Builder<Dataquery> {
  const target = new prometheus.DataqueryBuilder()
    .refId(refId)
    .datasource(SOURCES.prometheus)
    .expr(expr)
    .format(format)
    .editorMode(prometheus.QueryEditorMode.Code)
    .legendFormat(legend ?? '__auto');
  if (instant === true) target.instant();
  else target.range().exemplar(format === prometheus.PromQueryFormat.Heatmap);
  return target;
}

function lokiTarget({ expr, legend, instant }: Query, refId: string): Builder<Dataquery> {
  const target = new loki.DataqueryBuilder()
    .refId(refId)
    .datasource(SOURCES.loki)
    .expr(expr)
    .queryType(instant === true ? 'instant' : 'range')
    .editorMode(loki.QueryEditorMode.Code);
  if (legend !== undefined) target.legendFormat(legend);
  return target;
}

function sourceOf(spec: Pick<PanelSpec, 'queries'>): common.DataSourceRef {
  return SOURCES[spec.queries[0]!.source];
}

function links(spec: PanelSpec): dashboard.DashboardLinkBuilder[] {
  return (spec.links ?? []).map(({ title, url }) => new dashboard.DashboardLinkBuilder(title).url(url));
}

function thresholds({ warn, bad }: Limits): dashboard.ThresholdsConfigBuilder {
  const steps: dashboard.Threshold[] =
    warn <= bad
      ? [
          { value: null, color: 'green' },
          { value: warn, color: 'yellow' },
          { value: bad, color: 'red' },
        ]
      : [
          { value: null, color: 'red' },
          { value: bad, color: 'yellow' },
          { value: warn, color: 'green' },
        ];
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps);
}
