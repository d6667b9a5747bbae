/**
 * A witness: cosigns checkpoints whose tree begins with the one that it has cosigned before. Without this witness's help the holder of a trail's key can then
 * no longer show different versions of it to different auditors, nor take lines back.
 */

import { type Checkpoint, parseCheckpoint } from '../tree/checkpoint.ts';
import { cosignatureLine, formatNote, type Note, parseNote, parseSignature, type SignerKey } from '../tree/note.ts';
import { provesConsistency } from '../tree/proof.ts';
import { KeyRing } from '../verify/key-ring.ts';
import { parseRequest, SIZE_TYPE, type WitnessRequest } from './request.ts';
import type { WitnessState } from './state.ts';

export interface WitnessOptions {
  readonly signer: SignerKey;
  readonly state: Pick<WitnessState, 'last' | 'keep' | 'keepRefused'>;
  /** Texts of verifier keys and rotations whose checkpoints are cosigned. Asked again when a checkpoint has another key: a rotation may have come. */
  readonly keys: () => readonly string[];
  /** Unix seconds. */
  readonly now: () => number;
  /** What an operator should see: a checkpoint that contradicts one cosigned before. */
  readonly onRefused?: (reason: string) => void;
}

/** As HTTP has it; `tlog-witness` says which status means what. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 409 | 422;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';

export class Witness {
  readonly #options: WitnessOptions;
  #ring: KeyRing;
  /** Trees that a request is being decided for: between the look at what was cosigned and the new state nothing else may happen to them. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** Throws a SyntaxError for keys that are none. */
  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#ring = new KeyRing(options.keys());
  }

  /** `body`: of a request. Rejects when the state cannot be read or kept: nothing was cosigned then. */
  async add(body: string): Promise<WitnessAnswer> {
    let request: WitnessRequest;
    let note: Note;
    let checkpoint: Checkpoint;
    try {
      request = parseRequest(body);
      note = parseNote(request.note);
      checkpoint = parseCheckpoint(note.text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return refusal(400, `This is no request: ${error.message}.`);
    }
    if (!this.#isTrusted(note)) return refusal(403, 'No signature is one of a key that this witness was given.');
    if (request.oldSize > checkpoint.size) return refusal(400, `The old size, ${request.oldSize}, is more than the new one.`);
    return this.#inTurn(checkpoint.origin, () => this.#decide(request, note, checkpoint));
  }

  async #decide({ oldSize, proof }: WitnessRequest, note: Note, checkpoint: Checkpoint): Promise<WitnessAnswer> {
    const { state, signer, now } = this.#options;
    const { origin, size } = checkpoint;
    const kept = await state.last(origin);
    const last = kept === undefined ? undefined : parseCheckpoint(parseNote(kept).text);
    if (oldSize !== (last?.size ?? 0)) return { status: 409, type: SIZE_TYPE, body: `${last?.size ?? 0}\n` };
    if (last !== undefined && size === last.size && !last.root.equals(checkpoint.root)) {
      await this.#refuse(note, `${origin}: another root for ${size} lines than the one that was cosigned`);
      return { status: 409, type: SIZE_TYPE, body: `${size}\n` };
    }
    if (last === undefined ? proof.length > 0 : !provesConsistency(proof, last, checkpoint)) {
      await this.#refuse(note, `${origin}: no proof that the tree of ${size} lines begins with that of ${oldSize}`);
      return refusal(422, 'The proof does not show that this tree begins with the one cosigned before.');
    }
    const line = cosignatureLine(note.text, signer, now());
    const { name, id, bytes } = parseSignature(line.slice(0, -1));
    // Of what others have cosigned nothing is kept: it was not checked here.
    const own = note.signatures.filter((each) => this.#ring.holds(each));
    await state.keep(origin, formatNote({ text: note.text, signatures: [...own, { name, id, bytes }] }));
    return { status: 200, type: TEXT, body: line };
  }

  #isTrusted(note: Note): boolean {
    // By this clock: a person with a key that was replaced can date checkpoints back.
    const time = new Date(this.#options.now() * 1_000).toISOString();
    if (this.#ring.judge(note, time) === 'good') return true;
    try {
      this.#ring = new KeyRing(this.#options.keys());
    } catch {
      return false; // Being written just now.
    }
    return !this.#ring.isEmpty && this.#ring.judge(note, time) === 'good';
  }

  async #refuse(note: Note, reason: string): Promise<void> {
    this.#options.onRefused?.(reason);
    await this.#options.state.keepRefused(formatNote(note));
  }

  async #inTurn<T>(origin: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(origin) ?? Promise.resolve()).then(act, act);
    this.#turns.set(origin, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(origin) === turn) this.#turns.delete(origin);
    }
  }
}

function refusal(status: 400 | 403 | 422, reason: string): WitnessAnswer {
  return { status, type: TEXT, body: `${reason}\n` };
}
