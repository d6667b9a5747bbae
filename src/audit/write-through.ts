/**
 * An audit event that its lane had no room for is written by the caller itself: straight into the audit file, as the line that the worker would have
 * written. The price is a system call of a few microseconds; the alternative would be to lose it.
 */

import type { RefusedAudit } from '../caller/producer.ts';
import { errorText } from '../common/error-text.ts';
import type { Outcome } from '../contract/backend.ts';
import { tallyOf } from '../health/tally.ts';
import { WarningCounters } from '../health/warning-counters.ts';
import { type AllocatorSettings, allocatorOf } from '../memory/allocator.ts';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import { AUDIT_RANK } from '../record.ts';
import { compileRedaction } from '../redaction/redaction.ts';
import { EventLines } from './event-lines.ts';
import type { AuditTarget } from './format.ts';
import { AuditTrail } from './trail.ts';

const ONE_EVENT = tallyOf('audit', AUDIT_RANK, 1);

/** The settings with which a thread writes an audit event itself. */
export interface WriteThroughSettings {
  /** See `InstanceMemory`. */
  readonly allocator: AllocatorSettings;
  readonly signals: BlockDescriptor;
  readonly run: BlockDescriptor;
  readonly redact: readonly string[];
  readonly redactTexts: boolean;
  /** Where this thread writes audit events itself when its lane is full; undefined: there is no audit file. */
  readonly audit: AuditTarget | undefined;
  /** Counters of these events; undefined: no route leads to the audit file. */
  readonly auditCounters: { readonly memory: BlockDescriptor; readonly index: number } | undefined;
  readonly instanceId: string;
  /** Member `run` of its lines. */
  readonly runId: string;
}

/** What makes lines and writes them is made with the first event that needs it: most threads never do. */
export class WriteThrough {
  readonly #settings: WriteThroughSettings;
  readonly #onWarning: (message: string) => void;
  #lines: EventLines | undefined;
  #trail: AuditTrail | undefined;
  #counters: WarningCounters | undefined;
  /** Low 32 bits of the number of the event written last; undefined: it could not be written. */
  lastNumber: number | undefined;

  /** `onWarning`: called with a text for the user. */
  constructor(settings: WriteThroughSettings, onWarning: (message: string) => void) {
    this.#settings = settings;
    this.#onWarning = onWarning;
  }

  /** False: there is no audit file, or no counters for events that could not be written. Otherwise the audit backend's counters have the result. */
  write(refused: RefusedAudit): boolean {
    const { allocator, redact, redactTexts, audit: target, auditCounters, runId: run } = this.#settings;
    const onWarning = this.#onWarning;
    let outcome: Outcome;
    this.lastNumber = undefined;
    try {
      this.#lines ??= new EventLines(
        allocatorOf(allocator),
        openBlock(this.#settings.run),
        compileRedaction(redact, { texts: redactTexts }),
        run,
      );
      if (target !== undefined) this.#trail ??= new AuditTrail({ target, memory: openBlock(this.#settings.run), run, onWarning });
      // Without a file it is numbered all the same: the gap shows that one is missing.
      const written = this.#lines.writeLine(refused, (line) => this.#trail?.addSync(line));
      if (written === undefined) return false;
      outcome = written;
      if (outcome.status === 'success') this.lastNumber = this.#lines.lastNumber;
    } catch (error) {
      outcome = { status: 'failure', message: errorText(error) };
    }
    if (auditCounters === undefined) return outcome.status === 'success';
    this.#counters ??= new WarningCounters(openBlock(auditCounters.memory).memory, auditCounters.index, 'audit', onWarning);
    this.#count(this.#counters, outcome);
    return true;
  }

  #count(counters: WarningCounters, outcome: Outcome): void {
    counters.take(ONE_EVENT);
    counters.add('written_through', 1);
    if (outcome.status === 'success') counters.deliver(ONE_EVENT);
    else {
      counters.drop('failed', ONE_EVENT);
      counters.setState('failed', 'message' in outcome ? outcome.message : undefined);
    }
  }
}
