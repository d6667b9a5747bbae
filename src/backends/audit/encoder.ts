/**
 * The encoder of the audit file. Log records that a route sends there stand among the lines of all processes that share the file.
 */
import type { MakeEncoder } from '../opening.ts';

export function encoderOf(jsonLines: MakeEncoder): MakeEncoder {
  return (source, context) => jsonLines(source, { ...context, showsRun: true });
}
