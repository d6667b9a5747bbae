/** Backends of the program that is killed, and of the next start of its service. */
import { join } from 'node:path';
import type { BackendsConfig } from '../../../src/config/types.ts';
import type { KilledOptions } from './killed.ts';

/** Small enough to be full after 64 KiB: an eighth of a second of the tests. */
const SPOOL_BYTES = 1_048_576;

export function backendsOf(
  { folder, rotateBytes, endpoint }: Pick<KilledOptions, 'folder' | 'rotateBytes' | 'endpoint'>,
  queue: { readonly bufferBytes?: number } = {},
): BackendsConfig {
  const rotation = rotateBytes === undefined ? 'none' : { bytes: rotateBytes };
  const spool = { directory: join(folder, 'spool'), maxBytes: SPOOL_BYTES };
  return {
    file: { path: join(folder, 'app.jsonl'), format: 'json', level: 'trace', rotation, keep: 10_000, ...queue },
    audit: { path: join(folder, 'audit.jsonl'), rotation: 'none', ...queue },
    // Metrics go elsewhere: nobody answers there, and nothing waits for them.
    ...(endpoint !== undefined && {
      otlp: { endpoint, metricsEndpoint: 'http://127.0.0.1:9/v1/metrics', level: 'trace', spool },
    }),
  };
}
