/**
 * The log file on the caller's thread, at the end of a process whose worker has not begun. Not in the worker's bundle.
 */
import { LineWriter } from '../../files/line-writer.ts';
import type { OpenAtExit } from '../opening-at-exit.ts';
import { encoderOf } from './encoder.ts';
import { RotatedFile } from './file-sink.ts';
import type { FileSettings } from './settings.ts';

export const atExit =
  (settings: FileSettings): OpenAtExit =>
  ({ jsonLines }) => ({
    writer: new LineWriter(new RotatedFile(settings)),
    encoder: encoderOf(settings, jsonLines),
  });
