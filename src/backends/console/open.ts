/**
 * Opens the console backend.
 */
import { TextLinesEncoder } from '../../encoders/text/lines.ts';
import type { OpenedBytes, RecordTools } from '../opening.ts';
import { ConsoleSink } from './console.ts';
import { RedirectedSink } from './redirected.ts';
import type { ConsoleSettings } from './settings.ts';

export function open(
  { stream, structured, colored, isRedirected }: ConsoleSettings,
  { jsonLines, port }: RecordTools,
): OpenedBytes {
  return {
    sink: isRedirected && port !== undefined ? new RedirectedSink(port) : new ConsoleSink({ stream }),
    encoder: structured ? jsonLines : (source, context) => new TextLinesEncoder(source, context, { colored, date: false }),
  };
}
