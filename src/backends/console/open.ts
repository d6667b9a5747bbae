/**
 * Opens the console backend.
 */
import { TextLinesEncoder } from '../../encoders/text/lines.ts';
import type { OpenedBytes, RecordTools } from '../opening.ts';
import { ConsoleSink } from './console.ts';
import type { ConsoleSettings } from './settings.ts';

export function open({ stream, structured, colored }: ConsoleSettings, { jsonLines }: RecordTools): OpenedBytes {
  return {
    sink: new ConsoleSink({ stream }),
    encoder: structured ? jsonLines : (source, context) => new TextLinesEncoder(source, context, { colored, date: false }),
  };
}
