/**
 * Receipts of audit events, for the thread that made the instance: each request goes to the worker, and is answered once, or rejected.
 */
import type { AuditReceipt, ReceiptAnswer, ReceiptRequest, ReceiptStage } from '../../contract/audit-receipt.ts';
import { HftError } from '../../errors.ts';
import { type RunningTimer, startTimer, stopTimer } from '../../time/real-timers.ts';

interface Waiting {
  readonly request: ReceiptRequest;
  readonly resolve: (receipt: AuditReceipt) => void;
  readonly reject: (error: HftError) => void;
}

export interface AuditReceiptsOptions {
  readonly run: string;
  readonly post: (requests: readonly ReceiptRequest[]) => void;
}

/** A program that only waits for receipts does not end meanwhile, unless none comes for so long: a disk that is full, or a collector that is away, must not keep it from ending. */
const HOLD_MILLIS = 5_000;

export class AuditReceipts {
  readonly #options: AuditReceiptsOptions;
  readonly #waiting = new Map<number, Waiting>();
  #fresh: ReceiptRequest[] = [];
  #ids = 0;
  #isOver = false;
  /** Keeps the process alive. */
  #hold: RunningTimer | undefined;

  constructor(options: AuditReceiptsOptions) {
    this.#options = options;
  }

  /** Some are not answered yet. */
  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The requests that are not answered yet. */
  get waiting(): readonly ReceiptRequest[] {
    return Array.from(this.#waiting.values(), ({ request }) => request);
  }

  request(number: number, stage: ReceiptStage): Promise<AuditReceipt> {
    if (this.#isOver) return Promise.reject(new HftError('HFT_SHUT_DOWN', 'This instance no longer writes audit events.'));
    return new Promise((resolve, reject) => {
      const request = { id: ++this.#ids, number, stage };
      this.#waiting.set(request.id, { request, resolve, reject });
      if (this.#hold === undefined) this.#holdProcess();
      // Requests of one turn travel together.
      if (this.#fresh.push(request) === 1) queueMicrotask(() => this.#send());
    });
  }

  answer(answers: readonly ReceiptAnswer[]): void {
    for (const { id, leafHash, reason, atMillis } of answers) {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) continue;
      this.#waiting.delete(id);
      const { number: seq, stage } = waiting.request;
      if (leafHash === undefined) waiting.reject(new HftError('HFT_AUDIT_RECEIPT', reason ?? 'There is no receipt.'));
      else waiting.resolve({ run: this.#options.run, seq, leafHash, stage, at: atMillis });
    }
    this.#release();
    if (this.#waiting.size > 0) this.#holdProcess();
  }

  /** A new worker has started: it gets the requests that the one before has not answered. */
  askAgain(): void {
    if (this.areWaiting) this.#options.post(this.waiting);
  }

  /** Rejects all requests, with the reason. */
  refuse(reason: string): void {
    for (const { request, reject } of this.#waiting.values())
      reject(new HftError('HFT_AUDIT_RECEIPT', `Event ${request.number} has no receipt "${request.stage}": ${reason}.`));
    this.#waiting.clear();
    this.#release();
  }

  /** Rejects all requests, of now and later: the instance has ended. */
  end(): void {
    this.#isOver = true;
    this.refuse('the instance has ended before');
  }

  #holdProcess(): void {
    this.#hold = startTimer(() => {
      this.#hold = undefined;
    }, HOLD_MILLIS);
  }

  #release(): void {
    stopTimer(this.#hold);
    this.#hold = undefined;
  }

  #send(): void {
    const requests = this.#fresh;
    this.#fresh = [];
    this.#options.post(requests);
  }
}
