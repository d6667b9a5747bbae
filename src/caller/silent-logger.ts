/**
 * Loggers while OpenTelemetry is switched off: no call reads its arguments or writes anything. Timers still measure, for programs that use their results.
 * When another configuration has switched it on, each logger goes over at its next call.
 */

import { HftError } from '../errors.ts';
import type { BoundCounter, BoundGauge, BoundHistogram } from '../meter/meter.ts';
import type { HFTLogger } from './api.ts';
import { ProducerLogger } from './logger.ts';

const NOTHING_BOUND: BoundCounter & BoundGauge & BoundHistogram = { add() {}, set() {}, record() {} };

export class SilentLogger extends ProducerLogger {
  override trace(...args: Parameters<HFTLogger['trace']>): void {
    if (this.follow()) this.trace(...args);
  }

  override debug(...args: Parameters<HFTLogger['debug']>): void {
    if (this.follow()) this.debug(...args);
  }

  override info(...args: Parameters<HFTLogger['info']>): void {
    if (this.follow()) this.info(...args);
  }

  override warning(...args: Parameters<HFTLogger['warning']>): void {
    if (this.follow()) this.warning(...args);
  }

  override warn(...args: Parameters<HFTLogger['warn']>): void {
    if (this.follow()) this.warn(...args);
  }

  override error(...args: Parameters<HFTLogger['error']>): void {
    if (this.follow()) this.error(...args);
  }

  override fatal(...args: Parameters<HFTLogger['fatal']>): void {
    if (this.follow()) this.fatal(...args);
  }

  override audit(...args: Parameters<HFTLogger['audit']>): void {
    if (this.follow()) this.audit(...args);
  }

  override auditReceipt(...args: Parameters<HFTLogger['auditReceipt']>): ReturnType<HFTLogger['auditReceipt']> {
    if (this.follow()) return this.auditReceipt(...args);
    return Promise.reject(new HftError('HFT_AUDIT_RECEIPT', 'OTEL_SDK_DISABLED is true: nothing is recorded.'));
  }

  override metric(...args: Parameters<HFTLogger['metric']>): void {
    if (this.follow()) this.metric(...args);
  }

  override counter(...args: Parameters<HFTLogger['counter']>): void {
    if (this.follow()) this.counter(...args);
  }

  override recordDurationUs(...args: Parameters<ProducerLogger['recordDurationUs']>): void {
    if (this.follow()) this.recordDurationUs(...args);
  }

  override emitOpen(...args: Parameters<ProducerLogger['emitOpen']>): void {
    if (this.follow()) this.emitOpen(...args);
  }

  override isEnabled(...args: Parameters<HFTLogger['isEnabled']>): boolean {
    return this.follow() && this.isEnabled(...args);
  }

  override bindCounter(...args: Parameters<HFTLogger['bindCounter']>): BoundCounter {
    return this.follow() ? this.bindCounter(...args) : NOTHING_BOUND;
  }

  override bindGauge(...args: Parameters<HFTLogger['bindGauge']>): BoundGauge {
    return this.follow() ? this.bindGauge(...args) : NOTHING_BOUND;
  }

  override bindHistogram(...args: Parameters<HFTLogger['bindHistogram']>): BoundHistogram {
    return this.follow() ? this.bindHistogram(...args) : NOTHING_BOUND;
  }

  override withContext(...args: Parameters<HFTLogger['withContext']>): HFTLogger {
    return this.follow() ? this.withContext(...args) : this;
  }
}
