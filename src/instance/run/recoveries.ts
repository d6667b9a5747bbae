/**
 * Reports of recovered runs, as records of this run and for `health()`.
 */
import type { MemoryHealth } from '../../caller/api.ts';
import type { Producer } from '../../caller/producer.ts';
import { OWN_SCOPE } from '../../codec/decode.ts';
import type { RecoveryReport } from '../../recovery/report.ts';
import { startTimer, stopTimer } from '../../time/real-timers.ts';
import type { Warnings } from '../warnings.ts';

const LONGEST_TIMER_MILLIS = 0x7fff_ffff;

export class Recoveries {
  readonly #producer: Producer;
  readonly #warnings: Warnings;
  readonly #reports: RecoveryReport[] = [];
  /** Records that stay in the memory of their runs. */
  #waiting = 0;
  readonly #over = Promise.withResolvers<void>();

  constructor(producer: Producer, warnings: Warnings) {
    this.#producer = producer;
    this.#warnings = warnings;
  }

  /** Settles when a worker has recovered every run that was dead at its start, or when the instance has ended. */
  get over(): Promise<void> {
    // The worker does not keep the process alive; a caller that waits for it does.
    const timer = startTimer(() => {}, LONGEST_TIMER_MILLIS);
    return this.#over.promise.finally(() => stopTimer(timer));
  }

  get reports(): readonly RecoveryReport[] {
    return this.#reports;
  }

  noteOver(): void {
    this.#over.resolve();
  }

  /** The report becomes a record. A run in which nothing was left makes no record. */
  note(report: RecoveryReport): void {
    const logger = this.#producer.logger(OWN_SCOPE);
    if (report.kind === 'damaged') {
      const { folder, reason } = report;
      this.#reports.push(report);
      this.#warnings.note(`The memory of a run that was killed cannot be read: ${reason}. It is kept in ${folder}.`);
      logger.error('the memory of a killed run is damaged', { folder, reason });
      return;
    }
    if (report.kind === 'kept') {
      this.#waiting += report.records;
      this.#reports.push(report);
      this.#warnings.note(keptText(report));
      return;
    }
    this.#waiting += report.waiting;
    const { instanceId: run, pid, startedMillis, logs, audit, blackBox, encoded, undeliverable, voided, metrics } = report;
    this.#warnOfMissingBackends(report);
    if (logs + audit + encoded + undeliverable + voided === 0 && !metrics) return;
    this.#reports.push(report);
    logger.warning(`recovered ${logs + audit + encoded} records of a run that was killed`, {
      run,
      pid,
      started: new Date(startedMillis),
      logs,
      audit,
      ...(blackBox > 0 && { black_box: blackBox }),
      encoded,
      undeliverable,
      voided,
      metrics,
    });
  }

  #warnOfMissingBackends({ instanceId, folder, undeliverable, withoutBackend }: RecoveryReport & { kind: 'recovered' }): void {
    if (undeliverable > 0) {
      this.#warnings.note(
        `${undeliverable} log records of the run ${instanceId}, which was killed, are lost: they were encoded for backends that are not configured now.`,
      );
    }
    if (withoutBackend > 0) {
      this.#warnings.note(
        `${withoutBackend} records with audit events of the run ${instanceId}, which was killed, were encoded for backends that are not configured now. They are kept in ${folder}: configure these backends, or run "hft-otel recover" with the configuration of that run; to discard them, delete the folder.`,
      );
    }
  }

  get health(): MemoryHealth['recovered'] {
    const recovered = this.#reports.filter((report) => report.kind === 'recovered');
    const sum = (of: (report: (typeof recovered)[number]) => number) => recovered.reduce((total, each) => total + of(each), 0);
    return {
      runs: recovered.length,
      logs: sum(({ logs }) => logs),
      audit: sum(({ audit }) => audit),
      blackBox: sum(({ blackBox }) => blackBox),
      encoded: sum(({ encoded }) => encoded),
      unrouted: sum(({ unrouted }) => unrouted),
      undeliverable: sum(({ undeliverable }) => undeliverable),
      waiting: this.#waiting,
      damaged: this.#reports.filter(({ kind }) => kind === 'damaged').length,
    };
  }
}

function keptText({ instanceId, folder, records, unrouted, withoutBackend }: RecoveryReport & { kind: 'kept' }): string {
  const lost = [
    ...(unrouted > 0 ? [`${unrouted} would go to no backend of this configuration`] : []),
    ...(withoutBackend > 0 ? [`${withoutBackend} were encoded for backends that it does not have`] : []),
  ];
  return `The run ${instanceId}, which was killed, stays in ${folder}. Of its ${records} records ${lost.join(', and ')}. Give the configuration of the service (--config, --preset; "hft-otel routes" shows where records go), or deliver the others and discard these with --discard-unrouted.`;
}
