/**
 * What pages for Prometheus are made of: one for all backends that show or send one. The parts of OpenTelemetry's SDK are loaded with the first page: loading them
 * at start would double the worker's time to `ready`.
 */
import type { SeriesCollector } from '../../series/collect.ts';
import type { Families } from './families.ts';

export interface PageSource {
  /** Collects the metrics of this process. */
  readonly families: () => Promise<Families>;
  /** To be called for each metric that is left out of a page because its name there belongs to another one. */
  readonly onConflict: (name: string) => void;
}

/** `onWarning` is called once for each metric that is on no page, with the reason. */
export function pageSource(
  collector: SeriesCollector,
  resource: Readonly<Record<string, string | number | boolean>>,
  onWarning: (message: string) => void,
): PageSource {
  const onConflict = conflictWarner(onWarning);
  const open = async () => {
    const [{ MetricsPage }, { SeriesProducer }, { resourceFromAttributes }] = await Promise.all([
      import('./page.ts'),
      import('../series-producer.ts'),
      import('@opentelemetry/resources'),
    ]);
    const producer = new SeriesProducer(collector, { resource: resourceFromAttributes(resource) });
    return new MetricsPage([producer], onConflict);
  };
  let page: ReturnType<typeof open> | undefined;
  const families = async () => {
    page ??= open();
    return (await page).families();
  };
  return { families, onConflict };
}

/** Warns once a name. */
export function conflictWarner(onWarning: (message: string) => void): (name: string) => void {
  const names = new Set<string>();
  return (name) => {
    if (names.has(name)) return;
    names.add(name);
    onWarning(
      `The metric ${name} is left out of the Prometheus page: its name there belongs to another metric. Rename one of them.`,
    );
  };
}
