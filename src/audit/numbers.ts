/**
 * Numbers of audit events that were written before there was an instance to number them: each thread has counted from 1 by itself until then.
 * The thread that hands the ring to the worker gives them numbers of the instance's one count, in their order. If their own thread has ended before it
 * knew of an instance, the worker does it.
 */

import { kindOf, unitsOf } from '../codec/frames.ts';
import { KIND_OBJECT } from '../codec/layout.ts';
import type { Block } from '../memory/block.ts';
import { RUN_AUDIT_SEQUENCE } from '../memory/run.ts';
import { CONTROL_BYTES, WORD_HEAD, WORD_OWN_NUMBERS } from '../ring/layout.ts';

/** From here on records of the ring bear numbers that only its producer knows of. */
export function numberAlone(ring: Block): void {
  ring.words[WORD_OWN_NUMBERS] = 1;
}

/** Does nothing, unless {@link numberAlone} was called for the ring. It has had no reader then: its frames stand from unit 0 to the head, unwrapped. */
export function claimAuditNumbers(ring: Block, run: Block): void {
  const control = ring.words;
  if (Atomics.load(control, WORD_OWN_NUMBERS) === 0) return;
  const head = Atomics.load(control, WORD_HEAD);
  const words = new Int32Array(ring.memory, CONTROL_BYTES);
  const records: number[] = [];
  for (let at = 0; at < head; at += unitsOf(words, at)) {
    if (kindOf(words, at) >= 0 || kindOf(words, at) === KIND_OBJECT) records.push(at);
  }
  const before = Atomics.add(run.words, RUN_AUDIT_SEQUENCE, records.length);
  for (const [i, at] of records.entries()) words[at * 2 + 4] = (before + i + 1) | 0;
  Atomics.store(control, WORD_OWN_NUMBERS, 0);
}
