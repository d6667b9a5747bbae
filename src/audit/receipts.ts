/**
 * The worker's half of receipts: the requests that wait for an event, and their answers when its line has become a leaf of the run's tree.
 *
 * A request and its event come by different ways, and either may be first. Hashes of the newest events are kept, so that a request that comes later finds its own;
 * one that comes much later (after a worker's death) is looked for in the file.
 */
import type { ReceiptAnswer, ReceiptRequest } from '../contract/audit-receipt.ts';
import { auditNumberOf } from './run-tree/lines.ts';
import { HASH_BYTES } from './tree/hash.ts';

/** Newest events whose hashes are kept: some ten milliseconds of the fastest writer. */
const RECENT = 8_192;
/** Requests that no event has come for meanwhile are looked for in the file. */
const SEARCH_AFTER_TICKS = 2;

interface Waiting extends ReceiptRequest {
  ticks: number;
}

export class ReceiptBook {
  readonly #answer: (answers: readonly ReceiptAnswer[]) => void;
  readonly #now: () => number;
  readonly #waiting = new Map<number, Waiting[]>();
  /** On disk, and a checkpoint that covers them is not at the collector yet: by the size of the tree that has them. */
  #forCollector: { readonly request: ReceiptRequest; readonly leafHash: string; readonly size: number }[] = [];
  readonly #numbers = new Float64Array(RECENT).fill(-1);
  readonly #hashes = Buffer.alloc(RECENT * HASH_BYTES);
  #answers: ReceiptAnswer[] = [];
  #size = 0;

  constructor(answer: (answers: readonly ReceiptAnswer[]) => void, now: () => number) {
    this.#answer = answer;
    this.#now = now;
  }

  request(requests: readonly ReceiptRequest[]): void {
    for (const request of requests) {
      const slot = request.number % RECENT;
      if (this.#numbers[slot] === request.number) {
        this.#isOnDisk(request, this.#hashes.toString('hex', slot * HASH_BYTES, (slot + 1) * HASH_BYTES));
        continue;
      }
      const list = this.#waiting.get(request.number);
      if (list === undefined) this.#waiting.set(request.number, [{ ...request, ticks: 0 }]);
      else list.push({ ...request, ticks: 0 });
    }
    this.flush();
  }

  /** A line is on disk, and leaf `size - 1` of the tree. */
  leaf(line: Buffer, hash: Buffer, size: number): void {
    this.#size = size;
    const full = auditNumberOf(line);
    if (full === undefined) return;
    const number = full % 2 ** 32;
    const slot = number % RECENT;
    this.#numbers[slot] = number;
    hash.copy(this.#hashes, slot * HASH_BYTES);
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    for (const request of waiting) this.#isOnDisk(request, hash.toString('hex'));
  }

  /** The kernel has these lines. `hashOf` is called for those that a request waits for. */
  written(lines: Iterable<Buffer>, hashOf: (line: Buffer) => Buffer): void {
    if (this.#waiting.size === 0) return;
    for (const line of lines) {
      const number = (auditNumberOf(line) ?? -1) % 2 ** 32;
      const waiting = this.#waiting.get(number);
      if (waiting === undefined || !waiting.some(({ stage }) => stage === 'written')) continue;
      const leafHash = hashOf(line).toString('hex');
      for (const { id, stage } of waiting) if (stage === 'written') this.#answers.push({ id, leafHash, atMillis: this.#now() });
      const left = waiting.filter(({ stage }) => stage !== 'written');
      if (left.length === 0) this.#waiting.delete(number);
      else this.#waiting.set(number, left);
    }
    this.flush();
  }

  /** Whether a request waits for a checkpoint of this size to reach the collector. */
  wantsCollector(size: number): boolean {
    return this.#forCollector.some((each) => each.size <= size);
  }

  get waitsForCollector(): boolean {
    return this.#forCollector.length > 0;
  }

  /** The collector has acknowledged a checkpoint of this size. */
  atCollector(size: number): void {
    const atMillis = this.#now();
    for (const { request, leafHash, size: covered } of this.#forCollector)
      if (covered <= size) this.#answers.push({ id: request.id, leafHash, atMillis });
    this.#forCollector = this.#forCollector.filter((each) => each.size > size);
    this.flush();
  }

  /** There is no collector that could acknowledge anything. */
  refuseCollector(reason: string): void {
    for (const { request } of this.#forCollector) this.#answers.push({ id: request.id, reason, atMillis: this.#now() });
    this.#forCollector = [];
    this.flush();
  }

  /** To be called each second. Numbers that no line has come for: they are looked for in the file. */
  overdue(): ReadonlySet<number> {
    const numbers = new Set<number>();
    for (const [number, waiting] of this.#waiting)
      if (waiting.some((request) => ++request.ticks === SEARCH_AFTER_TICKS || request.ticks % 30 === 0)) numbers.add(number);
    return numbers;
  }

  /** Sends the answers since the last call. */
  flush(): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    this.#answer(answers);
  }

  #isOnDisk(request: ReceiptRequest, leafHash: string): void {
    if (request.stage === 'collector') this.#forCollector.push({ request, leafHash, size: this.#size });
    else this.#answers.push({ id: request.id, leafHash, atMillis: this.#now() });
  }
}
