/**
 * Opens the printouts of percentiles.
 */
import type { MetricsTools } from '../opening-metrics.ts';
import { PercentilesBackend } from './backend.ts';
import type { HistogramSettings } from './settings.ts';

export function open(settings: HistogramSettings, tools: MetricsTools): PercentilesBackend {
  const { intervalMillis, format, stream = tools.textStream ?? 'none' } = settings;
  const { percentiles, account, print } = tools;
  return new PercentilesBackend({
    percentiles,
    intervalMillis,
    format,
    account,
    ...(stream !== 'none' && { write: (text) => print(text, stream) }),
  });
}
