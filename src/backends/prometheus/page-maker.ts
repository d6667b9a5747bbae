/**
 * Makes pages for Prometheus. The parts of OpenTelemetry's SDK are loaded with the first page: loading them at start would double the worker's time to `ready`.
 */
import type { SeriesCollector } from '../../series/collect.ts';
import type { MakePage } from './prometheus.ts';

/** `onLeftOut` is called once for each metric that is on no page, with the reason. */
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
  return async (labels, format) => {
    page ??= open();
    return (await page).text(labels, format);
  };
}
