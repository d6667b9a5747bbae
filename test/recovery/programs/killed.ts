/**
 * Logs and audits at a rate until it is killed. What was called and has returned is counted in a file that this program maps by itself: the package has no part in it.
 *
 * Two f64 a thread: calls of `info` and calls of `audit` that have returned.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../../src/index.ts';
import { mapCounts } from '../../support/mapped-counts.ts';
import { backendsOf } from './backends.ts';

export interface KilledOptions {
  readonly folder: string;
  readonly directory: string;
  readonly threads: number;
  readonly perSecond: number;
  /** Every so manieth call is an audit. */
  readonly auditEvery: number;
  readonly ending?: 'abort' | 'heap' | 'memory' | 'reallyExit' | 'SIGKILL';
  /** Milliseconds until `ending`. Default 200. */
  readonly endAfterMillis?: number;
  /** Files are rotated every so many bytes. Default: they are not. */
  readonly rotateBytes?: number;
  /** What the process may map beyond what it has at its start; the same limit as `ulimit -v`. What it has depends on Node: WebAssembly alone reserves 10 GiB. */
  readonly moreMegabytes?: number;
  /** A collector, with a spool below `folder`. Default: none. */
  readonly endpoint?: string;
  /** Little memory: a run that is soon copied. */
  readonly isSmall?: boolean;
}

const options: KilledOptions = isMainThread ? JSON.parse(process.argv[2]!) : workerData.options;
const small = options.isSmall === true ? { bufferBytes: 1_048_576 } : {};
const { endAfterMillis = 200 } = options;
const thread: number = isMainThread ? 0 : workerData.thread;
const counts = mapCounts(join(options.folder, 'counts'), options.threads * 2);

if (isMainThread) {
  const logging = configureLogging({
    service: { name: 'killed' },
    diagnosticLevel: 'none',
    ...(options.isSmall === true && { ringBufferSize: 1_000 }),
    persistence: { enabled: true, directory: options.directory },
    backends: backendsOf(options, small),
  });
  if (logging.health().memory.kind !== 'mapped') throw new Error(logging.health().memory.reason);
  for (let other = 1; other < options.threads; other++)
    new Worker(new URL(import.meta.url), { workerData: { options, thread: other } });
  await logging.ready;
  if (options.moreMegabytes !== undefined) limitMemory(options.moreMegabytes);
  process.stdout.write('ready\n');
}
run();

function limitMemory(moreMegabytes: number): void {
  const mappedKilobytes = Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
  execFileSync('prlimit', [`--pid=${process.pid}`, `--as=${(mappedKilobytes + moreMegabytes * 1_024) * 1_024}`]);
}

function run(): void {
  const logger = getLogger(`thread-${thread}`);
  const started = performance.now();
  let calls = 0;
  let [logs, audits] = [0, 0];
  const burst = () => {
    const due = ((performance.now() - started) * options.perSecond) / 1_000;
    for (let last = Math.min(due, calls + options.perSecond / 50); calls < last; calls++) {
      if (calls % options.auditEvery === 0) {
        logger.audit('order_placed', { thread, n: audits, side: 'buy' });
        counts[thread * 2 + 1] = ++audits;
      } else {
        logger.info('quote', { thread, n: logs, price: 1.5, symbol: 'BTCUSDT' });
        counts[thread * 2] = ++logs;
      }
    }
    setImmediate(burst);
  };
  burst();
  if (!isMainThread) return;
  if (options.ending === 'abort') setTimeout(() => process.abort(), endAfterMillis);
  if (options.ending === 'SIGKILL') setTimeout(() => process.kill(process.pid, 'SIGKILL'), endAfterMillis);
  if (options.ending === 'heap') setTimeout(() => eatHeap(), endAfterMillis);
  if (options.ending === 'memory') setInterval(() => void eaten.push(Buffer.alloc(16 * 1024 * 1024, 1)), 5);
  if (options.ending === 'reallyExit')
    setTimeout(() => (process as unknown as { reallyExit(code: number): void }).reallyExit(0), endAfterMillis);
}

/** Outside of V8's heap, so that the system's limit is met and not V8's. */
const eaten: Buffer[] = [];

function eatHeap(): void {
  const held: unknown[] = [];
  for (;;) held.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
}
