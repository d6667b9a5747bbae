/**
 * Opens the printouts of percentiles.
 */
import type { MetricsTools } from '../opening-metrics.ts';
import { PercentilesBackend } from './backend.ts';
import { type HistogramSettings, streamOf } from './settings.ts';

export function open(settings: HistogramSettings, tools: MetricsTools): PercentilesBackend {
  const { intervalMillis, format } = settings;
  const { percentiles, account, print, textStream } = tools;
  const stream = streamOf(settings.stream, textStream);
  return new PercentilesBackend({
    percentiles,
    intervalMillis,
    format,
    account,
    ...(stream !== 'none' && { write: (text) => print(text, stream) }),
  });
}
