/**
 * The log file on the caller's thread, at the end of an instance whose worker has not begun. Not in the worker's bundle.
 */
import { LineWriter } from '../../files/line-writer.ts';
import { runSync } from '../../files/steps.ts';
import type { OpenAtExit } from '../opening-at-exit.ts';
import { encoderOf } from './encoder.ts';
import { RotatedFile } from './file-sink.ts';
import type { FileSettings } from './settings.ts';

export const atExit =
  (settings: FileSettings): OpenAtExit =>
  ({ jsonLines, onReopen, onWarning }) => {
    const file = new RotatedFile({ ...settings, onReopen, onWarning });
    return { writer: new LineWriter(file), encoder: encoderOf(settings, jsonLines), close: () => runSync(file.leave()) };
  };
