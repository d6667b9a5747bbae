/**
 * Loggers while OpenTelemetry is switched off: no call reads its arguments or writes anything. Timers still measure, for programs that use their results.
 */

import { HftError } from '../errors.ts';
import type { BoundCounter, BoundGauge, BoundHistogram } from '../meter/meter.ts';
import type { HFTLogger } from './api.ts';
import { ProducerLogger } from './logger.ts';

const NOTHING_BOUND: BoundCounter & BoundGauge & BoundHistogram = { add() {}, set() {}, record() {} };

export class SilentLogger extends ProducerLogger {
  override trace(): void {}
  override debug(): void {}
  override info(): void {}
  override warning(): void {}
  override warn(): void {}
  override error(): void {}
  override fatal(): void {}
  override audit(): void {}
  override auditReceipt(): Promise<never> {
    return Promise.reject(new HftError('HFT_AUDIT_RECEIPT', 'OTEL_SDK_DISABLED is true: nothing is recorded.'));
  }
  override metric(): void {}
  override counter(): void {}
  override recordDurationUs(): void {}
  override emitOpen(): void {}

  override isEnabled(): boolean {
    return false;
  }

  override bindCounter(): BoundCounter {
    return NOTHING_BOUND;
  }

  override bindGauge(): BoundGauge {
    return NOTHING_BOUND;
  }

  override bindHistogram(): BoundHistogram {
    return NOTHING_BOUND;
  }

  override withContext(): HFTLogger {
    return this;
  }
}
