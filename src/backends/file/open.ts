/**
 * Opens the log file.
 */
import { TextLinesEncoder } from '../../encoders/text/lines.ts';
import type { OpenedBytes, RecordTools } from '../opening.ts';
import { FileSink } from './file-sink.ts';
import type { FileSettings } from './settings.ts';

export function open(settings: FileSettings, { jsonLines, onReopen, onWarning }: RecordTools): OpenedBytes {
  return {
    sink: new FileSink({ ...settings, onReopen, onWarning }),
    encoder:
      settings.format === 'json'
        ? jsonLines
        : (source, context) => new TextLinesEncoder(source, context, { colored: false, date: true }),
  };
}
