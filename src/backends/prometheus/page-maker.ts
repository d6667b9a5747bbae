/**
 * Makes pages for Prometheus. What OpenTelemetry's SDK has to do with it is loaded with the first page: it would take half of the time in which the worker is to
 * be ready.
 */
import type { SeriesCollector } from '../../series/collect.ts';
import type { MakePage } from './prometheus.ts';

/** `onLeftOut`: told of each metric that is on no page, once, and why. */
export function pageMaker(
  collector: SeriesCollector,
  resource: Readonly<Record<string, string | number | boolean>>,
  onLeftOut: (message: string) => void,
): MakePage {
  const open = async () => {
    const [{ MetricsPage }, { SeriesProducer }, { resourceFromAttributes }] = await Promise.all([
      import('./page.ts'),
      import('../series-producer.ts'),
      import('@opentelemetry/resources'),
    ]);
    const producer = new SeriesProducer(collector, { resource: resourceFromAttributes(resource) });
    return new MetricsPage([producer], (name) =>
      onLeftOut(
        `The metric ${name} is left out of the Prometheus page: its name there belongs to another metric. Rename one of them.`,
      ),
    );
  };
  let page: ReturnType<typeof open> | undefined;
  return async (labels) => {
    page ??= open();
    return (await page).text(labels);
  };
}
