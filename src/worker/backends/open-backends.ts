/**
 * The configured backends of records, opened: the destination of each bit of the routing masks. Everything about a kind of backend is in its descriptor.
 */
import { ReceiptBook } from '../../audit/receipts.ts';
import { runningBackends } from '../../config/running.ts';
import type { ReceiptAnswer, ReceiptRequest } from '../../contract/audit-receipt.ts';
import type { Destination } from '../../delivery/destination.ts';
import type { BackendCounters } from '../../health/counters.ts';
import { WarningCounters } from '../../health/warning-counters.ts';
import type { WorkerStart } from '../../instance/wire.ts';
import { openBlock } from '../../memory/block.ts';
import { ENDING_PROCESS } from '../../memory/flush.ts';
import { AUDIT_RANK } from '../../record.ts';
import type { Routes } from '../../router/rules.ts';
import { unixMillis } from '../../time/clock.ts';
import { Deadline } from '../../time/deadline.ts';
import type { OwnHistograms } from '../metrics/own-histograms.ts';
import type { AnchoredClock } from '../wall-clock.ts';
import { BackendOpening } from './backend-opening.ts';
import type { CheckpointCopies } from './checkpoint-copies.ts';
import { Reach } from './reach.ts';

export interface OpenBackends {
  /** By bit. */
  readonly counters: readonly BackendCounters[];
  /** By bit. */
  readonly destinations: readonly Destination[];
  /** Answers come by {@link BackendEvents.onReceipts}. */
  askForReceipts(requests: readonly ReceiptRequest[]): void;
  /**
   * True when everything was taken in time. `ending`: bits ENDING_* (memory/flush.ts). At an end, batches for a destination that is away go into its spool; a
   * destination that was never reached is not waited for when the process ends.
   */
  flush(timeoutMillis: number, ending?: number): Promise<boolean>;
  close(timeoutMillis: number): Promise<boolean>;
}

export interface BackendEvents {
  /** For the user: what is wrong, and what to do about it. */
  readonly onWarning: (message: string) => void;
  readonly onReceipts: (answers: readonly ReceiptAnswer[]) => void;
}

/** Longest wait for a collector to acknowledge a checkpoint. */
const ARRIVAL_MILLIS = 30_000;

/** The backends that take log records, in the order of their bits. */
export async function openBackends(
  start: WorkerStart,
  routes: Routes,
  clock: AnchoredClock,
  own: OwnHistograms,
  { onWarning, onReceipts }: BackendEvents,
): Promise<OpenBackends> {
  const receipts = new ReceiptBook(onReceipts, unixMillis);
  const running = runningBackends(start.config);
  const reaches = running.map(() => new Reach());
  let copies: CheckpointCopies | undefined;
  // A checkpoint that is made while backends are opened is not copied: the next one covers its events too.
  const onCheckpoint = (note: string, size: number) => {
    copies?.send(note, size);
    if (receipts.wantsCollector(size)) void arrival(size);
  };
  const counters = running.map(
    ({ name }, index) => new WarningCounters(openBlock(start.counters).memory, index, name, onWarning),
  );
  const scope = { start, routes, clock, own, onWarning, auditEvents: { receipts, onCheckpoint } };
  const destinations = await Promise.all(
    running.map((each, index) => new BackendOpening(each, index, counters[index], reaches[index], scope).open()),
  );
  const hasTrail = running.some(({ backend }) => backend.holdsAuditBack === true);
  const mayKeep = hasTrail && running.some(({ backend }) => backend.keepsCheckpoints === true);
  let audited = 0;
  const isKeeper = (index: number) => running[index].backend.keepsCheckpoints === true && (audited & (1 << index)) !== 0;
  if (mayKeep) {
    const { AUDIT_SCOPE, CheckpointCopies } = await import('./checkpoint-copies.ts');
    audited = routes.maskFor('audit', AUDIT_RANK, AUDIT_SCOPE.name, AUDIT_SCOPE.tags);
    copies = new CheckpointCopies(
      destinations.filter((_, index) => isKeeper(index)),
      clock,
    );
  }
  /**
   * Settles the receipts that wait for a checkpoint of that size to be acknowledged. Those of a checkpoint that does not arrive in time wait for the next one.
   */
  const arrival = async (size: number) => {
    const keepers = destinations.filter((_, index) => isKeeper(index));
    if (keepers.length === 0)
      return receipts.refuseCollector('No collector takes audit events of this instance: backends.otlp, and its routes.');
    const flushed = await Promise.all(keepers.map((destination) => destination.flush(ARRIVAL_MILLIS)));
    if (flushed.every((complete) => complete)) receipts.atCollector(size);
  };
  const all = async (each: (destination: Destination, index: number) => Promise<boolean>) =>
    (await Promise.all(destinations.map(each))).every((complete) => complete);
  return {
    counters,
    destinations,
    askForReceipts: (requests) => receipts.request(requests),
    flush: async (timeoutMillis, ending = 0) => {
      const deadline = Deadline.in(timeoutMillis);
      const flushOf = async (destination: Destination, index: number) => {
        if (ending === 0) return destination.flush(deadline.left);
        const flushed = destination.flushAtEnd(deadline.left);
        const isComplete = await ((ending & ENDING_PROCESS) === 0 ? flushed : reaches[index].unlessUnreached(flushed));
        if (!isComplete) await destination.keep?.(deadline.left);
        return isComplete;
      };
      copies?.takeNew();
      const isComplete = await all(flushOf);
      // The audit file has made a checkpoint in its flush, whose copy the others have not flushed yet.
      if (copies?.takeNew() !== true) return isComplete;
      return (await all(async (destination, index) => !isKeeper(index) || flushOf(destination, index))) && isComplete;
    },
    close: async (timeoutMillis) => {
      const deadline = Deadline.in(timeoutMillis);
      // The last checkpoint is made when the audit file is closed: its copy goes out before the others are.
      const first = await all(async (destination, index) => isKeeper(index) || destination.close(timeoutMillis));
      const rest = await all(async (destination, index) => !isKeeper(index) || destination.close(Math.max(1, deadline.left)));
      return first && rest;
    },
  };
}
