/**
 * The encoder of the console's format.
 */
import { TextLinesEncoder } from '../../encoders/text/lines.ts';
import type { MakeEncoder } from '../opening.ts';
import type { ConsoleSettings } from './settings.ts';

export function encoderOf({ structured, colored }: ConsoleSettings, jsonLines: MakeEncoder): MakeEncoder {
  return structured ? jsonLines : (source, context) => new TextLinesEncoder(source, context, { colored, date: false });
}
