// A dashboard as one picture: every panel where Grafana puts it, with what its queries answer at this moment.

import { type DashboardJson, type Filling, type PanelJson, runTarget } from '../dashboards.ts';
import type { Endpoints, QueryAnswer, QueryRange, Series } from '../query.ts';
import { drawChart, type Line, type TimeRange } from './chart.ts';
import { drawHeatmap } from './heatmap.ts';
import { drawLogs, drawStat, drawStates, drawTable, recordRows, type StateWord, seriesRows, type Threshold } from './rows.ts';
import { type Box, document, FAINT, rectangle, text } from './svg.ts';

const COLUMN_PX = 52;
const ROW_PX = 30;
const GAP_PX = 8;
const TITLE_PX = 24;
const HEADER_PX = 40;

/** @throws Error of the first query a server refuses. */
export async function drawDashboard(
  dashboard: DashboardJson,
  endpoints: Endpoints,
  filling: Filling,
  range: QueryRange,
): Promise<string> {
  const parts = [text(GAP_PX, 26, dashboard.title, { size: 18, bold: true })];
  let bottom = 0;
  for (const panel of dashboard.panels) {
    const { x, y, w, h } = panel.gridPos;
    const box: Box = {
      x: x * COLUMN_PX + GAP_PX / 2,
      y: HEADER_PX + y * ROW_PX,
      width: w * COLUMN_PX - GAP_PX,
      height: h * ROW_PX - GAP_PX,
    };
    bottom = Math.max(bottom, HEADER_PX + (y + h) * ROW_PX);
    if (panel.type === 'row') {
      parts.push(text(box.x + 4, box.y + 16, panel.title, { size: 13, bold: true }));
      continue;
    }
    const answers = await Promise.all((panel.targets ?? []).map((target) => runTarget(endpoints, target, filling, range)));
    parts.push(
      rectangle(box, '#ffffff', { stroke: '#d8dee4', rx: 2 }),
      text(box.x + 8, box.y + 16, panel.title, { bold: true, widthPx: box.width - 16 }),
    );
    const inside: Box = { x: box.x + 6, y: box.y + TITLE_PX + 4, width: box.width - 12, height: box.height - TITLE_PX - 8 };
    parts.push(drawPanel(panel, inside, answers, range));
  }
  return document(24 * COLUMN_PX + GAP_PX, bottom, dashboard.title, parts.join('\n'));
}

function drawPanel(panel: PanelJson, box: Box, answers: readonly QueryAnswer[], range: QueryRange): string {
  const series = answers.flatMap((answer) => answer.series);
  const lines = answers.flatMap((answer) => answer.lines);
  if (series.length + lines.length === 0)
    return text(box.x + box.width / 2, box.y + box.height / 2, 'No data', { colour: FAINT, anchor: 'middle' });
  const time: TimeRange = { from: range.from / 1000, to: range.to / 1000 };
  const { defaults } = panel.fieldConfig ?? { defaults: {} };
  const unit = defaults.unit ?? 'none';
  const named = () =>
    answers.flatMap((answer, index) => answer.series.map((one) => toLine(one, panel.targets![index]!.legendFormat)));
  switch (panel.type) {
    case 'stat':
      return drawStat(box, named(), unit, (defaults.thresholds?.steps ?? []) as Threshold[], time);
    case 'heatmap':
      return drawHeatmap(box, series, panel.options?.yAxis?.unit ?? 'none', time, range.stepSeconds);
    case 'logs':
      return drawLogs(box, lines);
    case 'state-timeline':
      return drawStates(box, named(), (defaults.mappings?.[0]?.options ?? {}) as Record<string, StateWord>, time);
    case 'table': {
      const { columns, rows } = lines.length > 0 ? recordRows(lines, recordColumns(panel)) : seriesRows(series, unit);
      return drawTable(box, columns, rows);
    }
    default:
      return drawChart(box, named(), {
        unit,
        range: time,
        stacked: defaults.custom?.stacking?.mode === 'normal',
        logarithmic: defaults.custom?.scaleDistribution?.type === 'log',
        ...(defaults.max === undefined ? {} : { max: defaults.max }),
      });
  }
}

/** The columns a record table keeps, without the time. */
function recordColumns(panel: PanelJson): string[] {
  const names = panel.transformations?.find(({ id }) => id === 'filterFieldsByName')?.options.include?.names ?? [];
  return names.filter((name) => name !== 'Time');
}

function toLine({ labels, samples }: Series, legend: string | undefined): Line {
  const name =
    legend === undefined || legend === '__auto'
      ? Object.values(labels).join(' ')
      : legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
  return { name: name.trim(), samples };
}
