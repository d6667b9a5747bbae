/**
 * The audit file on the caller's thread, at the end of an instance whose worker has not begun. Not in the worker's bundle.
 */
import { LineWriter } from '../../files/line-writer.ts';
import type { OpenAtExit } from '../opening-at-exit.ts';
import { encoderOf } from './encoder.ts';
import type { AuditSettings } from './settings.ts';

/** Witnesses are asked over the network, by the worker. */
export function atExit(settings: AuditSettings): OpenAtExit | undefined {
  if (settings.witnesses.length > 0) return undefined;
  return ({ jsonLines, openAuditTrail }) => {
    const trail = openAuditTrail(settings);
    return { writer: new LineWriter(trail), encoder: encoderOf(jsonLines), close: () => trail.endSync() };
  };
}
