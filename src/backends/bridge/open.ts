/**
 * Opens the worker's half of a bridge to the thread that made the instance: that of the bridge, and that of the memory backend.
 */
import type { OpenedObjects, RecordTools } from '../opening.ts';
import { BRIDGE_BATCH_RECORDS, BridgeBackend } from './bridge.ts';

export function open(_settings: unknown, { port }: RecordTools): OpenedObjects {
  return { backend: new BridgeBackend(port!), batchRecords: BRIDGE_BATCH_RECORDS };
}
