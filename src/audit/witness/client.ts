/**
 * Has a run's checkpoints cosigned by one witness: the newest each time, with a proof that its tree begins with what the witness has cosigned before.
 *
 * One request is under way at a time, and what comes meanwhile waits for its answer as one range of leaves. A witness that is away costs 64 bytes for each bit of the
 * number of lines since, and gets the newest checkpoint when it is back.
 */
import { errorText } from '../../common/error-text.ts';
import { beginningOf } from '../../common/http/answer-text.ts';
import { maskSecrets } from '../../common/mask-secrets.ts';
import { oneLine } from '../../common/one-line.ts';
import { untraced } from '../../common/untraced.ts';
import { checkNote, formatNote, type Note, parseNote, parseSignature, type Signature } from '../tree/note.ts';
import { LeafRange, proofFrom } from '../tree/range.ts';
import type { WitnessAddress } from './address.ts';
import { ADD_CHECKPOINT_PATH, formatRequest } from './request.ts';

/** A checkpoint of the run, and the tree's frontier there. */
export interface Submission {
  readonly note: string;
  readonly size: number;
  readonly nodes: readonly Buffer[];
}

export interface WitnessClientOptions {
  readonly address: WitnessAddress;
  /** For a witness that has a size of its own: a proof out of the files. */
  readonly storedProof: (before: number, size: number) => Promise<Buffer[] | undefined>;
  /** The note with the witness's signatures behind those that it had. */
  readonly onCosigned: (note: string, size: number) => void;
  readonly onWarning: (message: string) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const ANSWER_MILLIS = 10_000;
const FIRST_PAUSE_MILLIS = 1_000;
const MAX_PAUSE_MILLIS = 30_000;
/** An answer has a signature, or a reason. */
const MOST_ANSWER_BYTES = 16_384;
/** Characters of a reason that are passed on. */
const MAX_REASON = 200;

/** The witness has said no: asking again at once would not help. */
class Refused extends Error {}

export class WitnessClient {
  readonly #options: WitnessClientOptions;
  /** The checkpoint that the witness has cosigned, as far as is known. */
  #base: Pick<Submission, 'size' | 'nodes'> = { size: 0, nodes: [] };
  /** Leaves since; undefined where some were missed. */
  #range: LeafRange | undefined = new LeafRange(0);
  /** Of those, the ones that came after what is under way. */
  #since: LeafRange | undefined;
  #waiting: Submission | undefined;
  #underWay: Promise<void> | undefined;
  #pauseMillis = 0;
  #retryAt = 0;

  constructor(options: WitnessClientOptions) {
    this.#options = options;
  }

  /** Leaves in front of the next checkpoint. */
  extend(leaves: LeafRange): void {
    if (this.#underWay === undefined) this.#range = joined(this.#range, leaves);
    else this.#since = joined(this.#since, leaves);
  }

  submit(submission: Submission): void {
    this.#waiting = submission;
    this.kick();
  }

  /** Sends what waits, if it is time. */
  kick(): void {
    const submission = this.#waiting;
    if (submission === undefined || this.#underWay !== undefined || this.#options.now() < this.#retryAt) return;
    this.#waiting = undefined;
    this.#since = new LeafRange(submission.size);
    this.#underWay = this.#send(submission).finally(() => {
      this.#underWay = undefined;
      this.kick();
    });
  }

  /** Resolves when nothing is under way or waits, at once while the witness is away. */
  async settled(): Promise<void> {
    while (this.#underWay !== undefined && this.#pauseMillis === 0) await this.#underWay;
  }

  /** Never rejects. */
  async #send(submission: Submission): Promise<void> {
    const { address, onCosigned, onWarning, now } = this.#options;
    try {
      const note = await this.#cosigned(submission);
      this.#base = submission;
      this.#range = this.#since;
      this.#pauseMillis = 0;
      onCosigned(note, submission.size);
    } catch (error) {
      this.#range = this.#range && this.#since && joined(this.#range, this.#since);
      this.#waiting ??= submission;
      if (this.#pauseMillis === 0)
        onWarning(
          error instanceof Refused
            ? `The witness ${address.url} refuses checkpoints of the audit trail: ${error.message}`
            : `The witness ${address.url} cannot be reached: ${errorText(error)}. It is tried again; checkpoints are made meanwhile without its cosignature.`,
        );
      this.#pauseMillis = Math.min(MAX_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, this.#pauseMillis * 2));
      this.#retryAt = now() + this.#pauseMillis * (0.5 + Math.random() / 2);
    }
  }

  /** The note with the witness's cosignature. */
  async #cosigned(submission: Submission): Promise<string> {
    const { size, note } = submission;
    let oldSize = this.#base.size;
    let proof = this.#proof(submission);
    // The second time with what the witness has said of itself.
    for (let isFirst = true; ; isFirst = false) {
      if (proof === undefined)
        throw new Refused('the audit files do not have all lines of the run any more, so nothing can be proven to it.');
      const { status, body } = await this.#post(formatRequest({ oldSize, proof, note }));
      if (status === 200) return formatNote(withCosignatures(parseNote(note), body, this.#options.address));
      const known = Number(body.trim());
      if (status !== 409 || !Number.isSafeInteger(known)) throw new Refused(reasonOf(status, body));
      if (known > size || (known === oldSize && known === size) || !isFirst)
        throw new Refused(
          `it has cosigned a tree of ${known} lines for this run, and this one has ${size}: lines were taken back, or there are two versions of the trail.`,
        );
      oldSize = known;
      proof = known === 0 || known === size ? [] : await this.#options.storedProof(known, size);
    }
  }

  #proof({ size }: Submission): readonly Buffer[] | undefined {
    const { size: oldSize, nodes } = this.#base;
    if (oldSize === 0 || oldSize === size) return [];
    // One that fits nothing: the answer says what the witness has.
    return this.#range?.to === size ? proofFrom([...nodes], this.#range) : [];
  }

  async #post(body: string): Promise<{ readonly status: number; readonly body: string }> {
    const request: RequestInit = {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MILLIS),
    };
    const response = await untraced(() => fetch(this.#options.address.url + ADD_CHECKPOINT_PATH, request));
    const text = await beginningOf(response, MOST_ANSWER_BYTES + 1);
    if (Buffer.byteLength(text) > MOST_ANSWER_BYTES) throw new Error(`its answer has more than ${MOST_ANSWER_BYTES} bytes`);
    return { status: response.status, body: text };
  }
}

function joined(range: LeafRange | undefined, leaves: LeafRange): LeafRange | undefined {
  if (range?.to !== leaves.from) return undefined;
  range.join(leaves);
  return range;
}

/** The note with the signatures of the answer that are the witness's. Throws {@link Refused} where none is. */
function withCosignatures({ text, signatures }: Note, body: string, { key }: WitnessAddress): Note {
  let found: Signature[];
  try {
    found = body.split('\n').slice(0, -1).map(parseSignature);
  } catch {
    throw new Refused('its answer has no signatures.');
  }
  if (key === undefined) return { text, signatures: [...signatures, ...found] };
  const own = found.filter(({ name, id }) => name === key.name && id.equals(key.id));
  if (checkNote({ text, signatures: own }, key) !== 'good')
    throw new Refused(`its answer has no good signature of ${key.name}: it is another witness, or has another key now.`);
  return { text, signatures: [...signatures, ...own] };
}

function reasonOf(status: number, body: string): string {
  if (status === 403) return 'it was not given the verifier key of this trail: start it with --key FILE.vkey.';
  if (status === 422) return 'what it has cosigned before is not the beginning of this trail: there are two versions of it.';
  return `it answers ${status} ${oneLine(maskSecrets(body), MAX_REASON)}`;
}
