/**
 * The trusted keys: those that an auditor has given, and their successors and predecessors by notes that both keys have signed.
 */
import {
  checkNote,
  formatVerifierKey,
  type Note,
  parseNote,
  parseVerifierKey,
  type Signature,
  type SignerKey,
  signNote,
  type VerifierKey,
  verifierOf,
} from '../tree/note.ts';

export type Trust = 'good' | 'bad' | 'foreign' | 'unsigned' | 'unchecked';

const ROTATION = 'hft-otel audit key rotation';

const FORM = /^.*\nfrom (\S+)\nto (\S+)\ntime (\S+)\n$/;

/** A note by which `after` replaces `before`, signed by both. `time`: ISO 8601. */
export function rotationNote(before: SignerKey, after: SignerKey, time: string): string {
  const keys = [before, after].map((key) => formatVerifierKey(verifierOf(key)));
  return signNote(`${ROTATION}\nfrom ${keys[0]}\nto ${keys[1]}\ntime ${time}\n`, [before, after]);
}

export function isRotation({ text }: Note): boolean {
  return text.startsWith(`${ROTATION}\n`);
}

interface Held {
  readonly key: VerifierKey;
  /** From then on it signs no more; ISO 8601. */
  retired: string | undefined;
}

/** A thread that was about to sign when the key was replaced. */
const GRACE_MILLIS = 60_000;

export class KeyRing {
  readonly #held = new Map<string, Held>();
  readonly #rotations: Note[] = [];
  /** By the text of a key's id and name: how many checkpoints it has signed. */
  readonly used = new Map<string, number>();

  /**
   * `keys`: texts of `.vkey` files, or of notes by which one key replaces another, so that the first one is out of use. Throws a SyntaxError for another text.
   */
  constructor(keys: readonly string[]) {
    for (const text of keys) {
      if (!text.startsWith(ROTATION)) {
        const key = parseVerifierKey(text);
        if (key.use !== 'note') throw new SyntaxError(`${key.name} is a witness's key: give it with --witness`);
        this.#hold(key);
        continue;
      }
      const note = parseNote(text);
      const [, from = ''] = FORM.exec(note.text) ?? [];
      this.#hold(parseVerifierKey(from));
      if (!this.rotate(note)) throw new SyntaxError('a rotation of keys is not signed by both of them');
    }
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Adds a rotation. A note that is not signed by both is left out: false. */
  rotate(note: Note): boolean {
    const [, from = '', to = '', time = ''] = FORM.exec(note.text) ?? [];
    let keys: VerifierKey[];
    try {
      keys = [parseVerifierKey(from), parseVerifierKey(to)];
    } catch {
      return false;
    }
    if (!keys.every((key) => checkNote(note, key) === 'good') || Number.isNaN(Date.parse(time))) return false;
    // A key hands over once. Otherwise the holder of a retired key could name any successor.
    if (this.#rotations.some(({ text }) => text.includes(`\nfrom ${from}\n`) && !text.includes(`\nto ${to}\n`))) return false;
    this.#rotations.push(note);
    this.#follow();
    return true;
  }

  /** `time`: of what was signed. `retired`: by a key that had been replaced by then. */
  judge(note: Note, time: string): Trust | 'retired' {
    if (this.isEmpty) return note.signatures.length === 0 ? 'unsigned' : 'unchecked';
    if (note.signatures.length === 0) return 'unsigned';
    let found: Trust | 'retired' = 'foreign';
    for (const [id, { key, retired }] of this.#held) {
      const trust = checkNote(note, key);
      if (trust === 'bad') return 'bad';
      if (trust === 'unknown') continue;
      this.used.set(id, (this.used.get(id) ?? 0) + 1);
      if (retired !== undefined && isAfter(time, retired)) found = 'retired';
      else return 'good';
    }
    return found;
  }

  /**
   * Since when the key of a good signature is out of use; undefined: it is in use. A checkpoint says itself when it was made: a person with an old key can date
   * it back, but not its lines.
   */
  retiredAt(note: Note): string | undefined {
    let found: string | undefined;
    for (const { key, retired } of this.#held.values()) {
      if (!note.signatures.some(({ name, id }) => name === key.name && id.equals(key.id))) continue;
      if (retired === undefined) return undefined;
      found = retired;
    }
    return found;
  }

  /** Whether a signature is of one of these keys, by its name and id. */
  holds({ name, id }: Signature): boolean {
    return this.#held.has(`${name}+${id.toString('hex')}`);
  }

  /** Names of keys and since when they are out of use. */
  get keys(): readonly { readonly key: string; readonly retired: string | undefined; readonly checkpoints: number }[] {
    return Array.from(this.#held, ([id, { key, retired }]) => ({
      key: formatVerifierKey(key),
      retired,
      checkpoints: this.used.get(id) ?? 0,
    }));
  }

  /** Trust spreads along rotations in both directions: one more rotation may connect others that were read before it. */
  #follow(): void {
    for (let found = true; found; ) {
      found = false;
      for (const { text } of this.#rotations) {
        const [, from = '', to = '', time = ''] = FORM.exec(text)!;
        const [before, after] = [from, to].map((key) => parseVerifierKey(key));
        const isKnown = [before, after].map((key) => this.#held.has(nameOf(key!)));
        if (!isKnown[0] && !isKnown[1]) continue;
        if (!isKnown[0] || !isKnown[1]) found = true;
        const held = this.#hold(before!);
        if (held.retired === undefined || held.retired > time) held.retired = time;
        this.#hold(after!);
      }
    }
  }

  #hold(key: VerifierKey): Held {
    const name = nameOf(key);
    const held = this.#held.get(name) ?? { key, retired: undefined };
    this.#held.set(name, held);
    return held;
  }
}

/** Whether something of that time is younger than a key that was retired then. */
export function isAfter(time: string, retired: string): boolean {
  return Date.parse(time) > Date.parse(retired) + GRACE_MILLIS;
}

function nameOf({ name, id }: VerifierKey): string {
  return `${name}+${id.toString('hex')}`;
}
