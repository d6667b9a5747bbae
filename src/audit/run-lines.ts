/**
 * JSON lines with the run that counted each record.
 */
import type { LaneContext } from '../encoders/encoder.ts';
import { JsonLinesEncoder } from '../encoders/json/lines.ts';
import type { FramesOfLane } from '../read/frames-of-lane.ts';
import { type RunIdentity, runOf } from './run-tree/settings.ts';

/** Makes their encoders. `own`: the run of this process. */
export function runLinesOf(own: RunIdentity): (source: FramesOfLane, context: LaneContext) => JsonLinesEncoder {
  return (source, context) => {
    const run = source.run ?? runOf(source.resource?.['service.instance.id'] as string | undefined, own);
    return new JsonLinesEncoder(source, context, run);
  };
}
