/**
 * The encoder of the log file's format.
 */
import { TextLinesEncoder } from '../../encoders/text/lines.ts';
import type { MakeEncoder } from '../opening.ts';
import type { FileSettings } from './settings.ts';

export function encoderOf({ format }: FileSettings, jsonLines: MakeEncoder): MakeEncoder {
  return format === 'json'
    ? jsonLines
    : (source, context) => new TextLinesEncoder(source, context, { colored: false, date: true });
}
