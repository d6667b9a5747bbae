/**
 * A process that writes numbered lines through outbox, engine and sink, for tests that need several processes, other users, or a tracer. Prints its
 * account as JSON. Argument: a {@link Job} as JSON.
 */
import { setTimeout } from 'node:timers/promises';
import { AuditFileSink } from '../../src/audit/file-sink.ts';
import { FileSink } from '../../src/backends/file/file-sink.ts';
import type { Sink } from '../../src/contract/sink.ts';
import { DeliveryEngine } from '../../src/delivery/engine.ts';
import { Outbox, outboxBytes } from '../../src/delivery/outbox.ts';
import { senderOfSink } from '../../src/delivery/sender.ts';
import { type BackendAccount, BackendCounters, countersBytes } from '../../src/health/counters.ts';
import { recordsOf } from '../../src/health/tally.ts';
import type { Rotation } from '../../src/settings/vocabulary.ts';
import { infos } from '../support/counters.ts';
import { runMemory } from '../support/run-memory.ts';

export interface Job {
  readonly kind: 'file' | 'audit';
  readonly path: string;
  /** Lines are `<tag> <number> <padding>`. */
  readonly tag: string;
  readonly lines: number;
  readonly linesAtOnce: number;
  readonly gapMillis: number;
  /** So many batches at the beginning are each answered before the next one is made: a machine that stalls would make one of several. */
  readonly batchesApart?: number;
  readonly rotation?: Rotation;
  readonly keep?: number;
  readonly closeMillis?: number;
}

export interface Report {
  readonly complete: boolean;
  readonly account: BackendAccount;
}

export const SLOT_BYTES = 16 * 1024;
const SLOTS = 64;

async function work(job: Job): Promise<Report> {
  const outbox = new Outbox(new SharedArrayBuffer(outboxBytes(SLOTS * SLOT_BYTES, SLOT_BYTES)), SLOT_BYTES);
  const counters = new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0);
  const onReopen = () => counters.add('reopens', 1);
  const sink: Sink =
    job.kind === 'audit'
      ? new AuditFileSink({ target: { path: job.path, rotation: 'none' }, memory: runMemory(), run: job.tag, onReopen })
      : new FileSink({ path: job.path, onReopen, rotation: job.rotation ?? 'none', keep: job.keep ?? 0 });
  const engine = new DeliveryEngine({
    queue: outbox,
    sender: senderOfSink(sink),
    counters,
    initialPauseMillis: 20,
    maxPauseMillis: 200,
  });
  for (let number = 0; number < job.lines; number++) {
    const line = Buffer.from(`${job.tag} ${number} ${'x'.repeat(number % 97)}\n`);
    counters.take(infos(1));
    if (!outbox.claim()) counters.drop('queue_full', infos(1));
    else {
      if (outbox.output.limit - outbox.output.position < line.length) {
        outbox.seal();
        if (!outbox.claim()) {
          counters.drop('queue_full', infos(1));
          continue;
        }
      }
      outbox.output.bytes.set(line, outbox.output.position);
      outbox.output.position += line.length;
      outbox.commit({ tally: infos(1) });
    }
    if (number % job.linesAtOnce === job.linesAtOnce - 1) {
      engine.kick();
      await setTimeout(job.gapMillis);
      const { retries } = counters.read().counts;
      const isApart = number < job.linesAtOnce * (job.batchesApart ?? 0);
      while (isApart && recordsOf(outbox.waiting) > 0 && counters.read().counts.retries === retries) await setTimeout(1);
    }
  }
  return { complete: await engine.close(job.closeMillis ?? 10_000), account: counters.read() };
}

if (process.argv[1] === import.meta.filename) {
  const report = await work(JSON.parse(process.argv[2]!) as Job);
  process.stdout.write(JSON.stringify(report));
}
