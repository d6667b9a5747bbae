/**
 * Level rules in shared memory, so that `setLevel` on one thread is seen by the next call on every other, however busy that one is.
 *
 * Readers look only when the generation signal has changed. The version word is odd while a writer is at work; a reader that meets an odd one, or
 * finds it changed after reading, reads again. There is one writer: the thread that configured the instance.
 */

import { compileLevelRules, type LevelRules, type LevelSettings } from '../config/level-rules.ts';
import { plainJson } from '../plain-json.ts';
import type { Level } from '../record.ts';
import {
  LEVELS_MAX_BYTES,
  LEVELS_OFFSET_BYTES,
  SIGNAL_GENERATION,
  SIGNAL_LEVELS_LENGTH,
  SIGNAL_LEVELS_VERSION,
} from '../ring/signals.ts';

export class LevelBoard {
  readonly #signals: Int32Array;
  readonly #bytes: Uint8Array;
  #version = -1;
  #rules: LevelRules;
  #settings: LevelSettings;

  constructor(signals: SharedArrayBuffer, initial: LevelSettings) {
    this.#signals = new Int32Array(signals);
    this.#bytes = new Uint8Array(signals, LEVELS_OFFSET_BYTES, LEVELS_MAX_BYTES);
    this.#settings = initial;
    this.#rules = compileLevelRules(initial);
  }

  /** Rank of the least level that the logger of this name writes. */
  thresholdFor(name: string): number {
    if (Atomics.load(this.#signals, SIGNAL_LEVELS_VERSION) !== this.#version) this.#read();
    return this.#rules.thresholdFor(name);
  }

  /** Makes settings known to all threads. Returns false when they are too long for the board (some hundreds of patterns). */
  publish(settings: LevelSettings): boolean {
    const text = Buffer.from(plainJson(settings));
    if (text.byteLength > LEVELS_MAX_BYTES) return false;
    Atomics.add(this.#signals, SIGNAL_LEVELS_VERSION, 1);
    this.#bytes.set(text);
    Atomics.store(this.#signals, SIGNAL_LEVELS_LENGTH, text.byteLength);
    Atomics.add(this.#signals, SIGNAL_LEVELS_VERSION, 1);
    // Partner of the plain load in each level method: on its next call a logger looks here again.
    Atomics.add(this.#signals, SIGNAL_GENERATION, 1);
    return true;
  }

  setLevel(pattern: string, level: Level): boolean {
    this.thresholdFor('');
    const { [pattern]: _replaced, ...others } = this.#settings.levels;
    return this.publish({ level: this.#settings.level, levels: { ...others, [pattern]: level } });
  }

  #read(): void {
    for (let attempt = 0; attempt < 100; attempt++) {
      const version = Atomics.load(this.#signals, SIGNAL_LEVELS_VERSION);
      if (version === 0) {
        this.#version = 0; // nothing published: the initial rules hold
        return;
      }
      if ((version & 1) === 1) continue;
      const length = Atomics.load(this.#signals, SIGNAL_LEVELS_LENGTH);
      const text = Buffer.from(this.#bytes.slice(0, length)).toString();
      if (Atomics.load(this.#signals, SIGNAL_LEVELS_VERSION) !== version) continue;
      this.#settings = JSON.parse(text) as LevelSettings;
      this.#rules = compileLevelRules(this.#settings);
      this.#version = version;
      return;
    }
  }
}
