/**
 * The files of a run when one of its instances ends. The last instance deletes them, unless they hold undelivered records, of it or of one that ended before: the
 * next start recovers those.
 */
import { errorText } from '../../common/error-text.ts';
import { outboxAccount } from '../../delivery/outbox.ts';
import { allocatorOf } from '../../memory/allocator.ts';
import { openBlock } from '../../memory/block.ts';
import { isMissing, libc } from '../../memory/mapped/libc.ts';
import { removeFolder } from '../../memory/mapped/run-folder.ts';
import type { RunTable } from '../../memory/mapped/run-table.ts';
import { isOver } from '../../ring/account.ts';
import { CONTROL_BYTES } from '../../ring/layout.ts';
import { reportAtExit } from '../ending/loss-report.ts';
import type { InstanceMemory } from '../memory.ts';
import type { ProducerRegistry } from '../producer-registry.ts';
import { tableOf } from './run-memory.ts';

/** Control words stand in the first page: `health()` reads them still. */
const KEPT_BYTES = 4_096;

/** To be called once. `isWorkerGone`: only this thread still uses the memory. Never throws. */
export function leaveRun(memory: InstanceMemory, producers: ProducerRegistry, isWorkerGone: boolean): void {
  const { allocator, outboxes } = memory;
  const table = tableOf(allocator);
  if (allocator.in === 'shared' || table === undefined) return;
  const others = table.leave();
  const waiting = outboxes.filter((outbox) => outboxAccount(openBlock(outbox.memory).memory).records > 0);
  if (others > 0) {
    if (!isWorkerGone) return;
    for (const outbox of outboxes) if (!waiting.includes(outbox)) allocatorOf(allocator).free(outbox.memory);
    return;
  }
  if (waiting.length > 0 || producers.undrained.length > 0) return;
  try {
    if (holdsRecords(table)) return;
    const isRemoved = remove(allocator.folder);
    if (isWorkerGone || !isRemoved) discard(memory, producers);
  } catch {
    // The next start finds a run in which nothing is left, and removes it.
  }
}

/** False: it stays, and the message says so. Its files take little memory, because their contents are discarded. */
function remove(folder: string): boolean {
  try {
    removeFolder(folder);
    return true;
  } catch (error) {
    const after = 'A program that gives up its rights (process.setuid) configures its logging after that.';
    if (isDenied(error)) reportAtExit(`${folder} is empty and cannot be deleted: ${errorText(error)}. ${after}`);
    return false;
  }
}

const isDenied = (error: unknown) => ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Also outboxes of instances that have ended, and rings that no instance knows: of a thread that began to log while this one was ending. */
function holdsRecords(table: RunTable): boolean {
  const calls = libc();
  if (isMissing(calls)) return false;
  for (const block of table.blocks()) {
    const memory = () => calls.view(table.addressOf(block), block.bytes);
    if (block.kind === 'ring' && !isOver(new Int32Array(memory(), 0, CONTROL_BYTES / 4))) return true;
    if (block.kind === 'outbox' && outboxAccount(memory()).records > 0) return true;
  }
  return false;
}

/** A file that is deleted takes memory for as long as it is mapped, which is until the process ends. */
function discard({ outboxes }: InstanceMemory, { all }: ProducerRegistry): void {
  const calls = libc();
  if (isMissing(calls)) return;
  const lanes = all.flatMap(({ logs, audit }) => [logs.ring, logs.dictionary, audit.ring, audit.dictionary]);
  for (const block of [...outboxes.map(({ memory }) => memory), ...lanes]) {
    if (block?.place.in !== 'mapped' || block.bytes <= KEPT_BYTES) continue;
    calls.discard(block.place.address + BigInt(KEPT_BYTES), block.bytes - KEPT_BYTES);
  }
}
