/**
 * A real instance with a real worker: what the caller's cost is measured through.
 */
import { join } from 'node:path';
import type { Health, HFTLogger, Logging } from '../../src/caller/api.ts';
import type { BackendsConfig, LoggingConfig } from '../../src/config/types.ts';
import { producerOf } from '../../src/intake/internals.ts';
import { createLogging } from '../../src/logging.ts';
import { openBlock } from '../../src/memory/block.ts';
import type { Lane } from '../../src/record.ts';
import { TAIL_POSITION_MASK, WORD_HEAD, WORD_TAIL } from '../../src/ring/layout.ts';
import { prove } from './case.ts';
import { sleep } from './clock.ts';

const MIB = 1_048_576;

/** Nothing here takes a second; a backend that needs so much longer is stuck. */
const SETTLE_MILLIS = 20_000;

/** Files of the default pipeline: rotated by size and only a few kept, so that a run of any length fits on a small disk. */
export const LOG_FILE = 'calls.jsonl';
export const AUDIT_FILE = 'audit.jsonl';

export interface Pipeline {
  readonly logging: Logging;
  readonly log: HFTLogger;
  /** Everything written so far has left: the rings are empty and the backends have delivered. */
  settle(): Promise<void>;
  /** True when the worker has taken everything from the ring of this lane. */
  ringIsEmpty(lane: Lane): boolean;
  /** Shuts down and answers the last word of `health()`. */
  close(): Promise<Health>;
}

export interface PipelineOptions extends LoggingConfig {
  /** Default: JSON lines into a file, an audit file. */
  readonly backends?: BackendsConfig;
}

/** Default backends: JSON lines, 16 MiB a file, the last one set aside kept. */
export function fileBackends(directory: string): BackendsConfig {
  return {
    file: { path: join(directory, LOG_FILE), format: 'json', level: 'debug', rotation: { bytes: 16 * MIB }, keep: 1 },
    // Each line is read back and must be a call's.
    audit: { path: join(directory, AUDIT_FILE), rotation: 'none', clockEvidence: false },
  };
}

export async function openPipeline(directory: string, options: PipelineOptions = {}): Promise<Pipeline> {
  const logging = createLogging({
    environment: 'production',
    service: { name: 'bench' },
    level: 'info',
    handleExits: false,
    backends: fileBackends(directory),
    ...options,
  });
  await logging.ready;
  const { memory } = producerOf(logging);
  const words = { logs: openBlock(memory.logs.ring).words, audit: openBlock(memory.audit.ring).words };
  const ringIsEmpty = (lane: Lane) =>
    Atomics.load(words[lane], WORD_HEAD) === (Atomics.load(words[lane], WORD_TAIL) & TAIL_POSITION_MASK);
  return {
    logging,
    log: logging.getExchangeLogger('mexc', 'private.ws'),
    ringIsEmpty,
    settle: async () => {
      const deadline = performance.now() + SETTLE_MILLIS;
      do await sleep(1);
      while ((!ringIsEmpty('logs') || !ringIsEmpty('audit') || waiting(logging.health()) > 0) && performance.now() < deadline);
      prove(
        performance.now() < deadline,
        `everything was delivered within ${SETTLE_MILLIS} ms: ${JSON.stringify(logging.health())}`,
      );
    },
    close: async () => {
      const { complete, pending } = await logging.shutdown({ timeoutMillis: 20_000 });
      const health = logging.health();
      prove(
        complete && pending === 0,
        `the shutdown was complete, with ${pending} records pending: ${JSON.stringify(health.backends)}`,
      );
      return health;
    },
  };
}

function waiting({ backends }: Health): number {
  return Object.values(backends).reduce((sum, { pending }) => sum + pending, 0);
}

/** The account of a lane and of the backend that took it: all calls accepted, all delivered, none lost. */
export function proveDelivered(health: Health, lane: Lane, backend: string, calls: number): string {
  const { accepted, droppedTotal } = health.lanes[lane];
  const { delivered, droppedTotal: lost } = health.backends[backend];
  return prove(
    accepted === calls && droppedTotal === 0 && delivered === calls && lost === 0,
    `${lane}: ${calls} calls, ${accepted} accepted, ${droppedTotal} dropped; ${backend}: ${delivered} delivered, ${lost} dropped`,
  );
}
