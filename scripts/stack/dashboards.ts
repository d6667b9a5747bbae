// The committed dashboards: their JSON, and their queries as Grafana would send them, with every variable filled in.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG } from '../servers/run.ts';
import { type Endpoints, type QueryAnswer, type QueryRange, queryLoki, queryPrometheus } from './query.ts';

/** A panel of a committed dashboard, as much of it as queries and pictures need. */
export interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly TargetJson[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly max?: number;
      readonly mappings?: readonly {
        readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
      }[];
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null; readonly color: string }[] };
      readonly custom?: { readonly stacking?: { readonly mode: string }; readonly scaleDistribution?: { readonly type: string } };
    };
  };
  readonly options?: { readonly yAxis?: { readonly unit?: string } };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: { readonly include?: { readonly names: readonly string[] } };
  }[];
}

export interface TargetJson {
  readonly expr: string;
  readonly datasource: { readonly type: 'prometheus' | 'loki' };
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly queryType?: string;
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelJson[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

/** The committed dashboards, by file name without `.json`. */
export function readDashboards(): Map<string, DashboardJson> {
  const folder = join(CONFIG, 'dashboards', 'json');
  return new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => [file.slice(0, -5), JSON.parse(readFileSync(join(folder, file), 'utf8')) as DashboardJson]),
  );
}

export interface Filling {
  /** For `$__rate_interval` and `$__auto`; Grafana takes four scrape intervals at least. */
  readonly interval: string;
  /** For `$__range`. */
  readonly range: string;
  /** Values of dashboard variables; a variable that is not given stands for all. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What Grafana makes of an expression before it sends it. */
export function fill(expr: string, { interval, range, variables = {} }: Filling): string {
  return expr
    .replaceAll(/\$__(rate_interval|auto|interval)\b/g, interval)
    .replaceAll(/\$__range\b/g, range)
    .replaceAll(/\$([a-z_]+)\b/g, (_, name: string) => variables[name] ?? (name === 'event' ? '.+' : '.*'));
}

export function isInstant(target: TargetJson): boolean {
  return target.instant === true || target.queryType === 'instant';
}

/** Runs one query of a panel as Grafana would. */
export function runTarget(
  { prometheusUrl, lokiUrl }: Endpoints,
  target: TargetJson,
  filling: Filling,
  range: QueryRange,
): Promise<QueryAnswer> {
  const expr = fill(target.expr, filling);
  const over = isInstant(target) ? undefined : range;
  return target.datasource.type === 'loki' ? queryLoki(lokiUrl, expr, over) : queryPrometheus(prometheusUrl, expr, over);
}
