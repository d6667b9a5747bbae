/**
 * Cutting a collection into requests of bounded size.
 */
import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';

export function countPoints(metrics: ResourceMetrics): number {
  return metrics.scopeMetrics.reduce(
    (sum, { metrics: ofScope }) => sum + ofScope.reduce((count, { dataPoints }) => count + dataPoints.length, 0),
    0,
  );
}

/** Requests of at most `maxPoints` data points, in order; none when there are no points. Points themselves are shared with `metrics`. */
export function splitByPoints(metrics: ResourceMetrics, maxPoints: number): ResourceMetrics[] {
  const requests: ResourceMetrics[] = [];
  let room = 0;
  for (const { scope, metrics: ofScope } of metrics.scopeMetrics) {
    let current: ScopeMetrics | undefined;
    for (const metric of ofScope) {
      for (let at = 0; at < metric.dataPoints.length; ) {
        if (room === 0) {
          requests.push({ resource: metrics.resource, scopeMetrics: [] });
          room = maxPoints;
          current = undefined;
        }
        if (current === undefined) {
          current = { scope, metrics: [] };
          requests[requests.length - 1]!.scopeMetrics.push(current);
        }
        const taken = Math.min(room, metric.dataPoints.length - at);
        const whole = taken === metric.dataPoints.length;
        current.metrics.push(whole ? metric : ({ ...metric, dataPoints: metric.dataPoints.slice(at, at + taken) } as MetricData));
        at += taken;
        room -= taken;
      }
    }
  }
  return requests;
}
