/**
 * Opens the log file.
 */
import type { OpenedBytes, RecordTools } from '../opening.ts';
import { encoderOf } from './encoder.ts';
import { FileSink } from './file-sink.ts';
import type { FileSettings } from './settings.ts';

export function open(settings: FileSettings, { jsonLines, onReopen, onWarning }: RecordTools): OpenedBytes {
  return { sink: new FileSink({ ...settings, onReopen, onWarning }), encoder: encoderOf(settings, jsonLines) };
}
