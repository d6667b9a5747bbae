/**
 * Level rules in shared memory, so that `setLevel` on one thread is seen by the next call on every other, however busy that one is.
 *
 * Readers look only when the generation signal has changed. There is one writer: the thread that configured the instance.
 */

import { plainJson } from '../common/plain-json.ts';
import { compileLevelRules, type LevelRules, type LevelSettings } from '../config/level-rules.ts';
import type { Block } from '../memory/block.ts';
import { SharedText } from '../memory/shared-text.ts';
import {
  LEVELS_MAX_BYTES,
  LEVELS_OFFSET_BYTES,
  SIGNAL_GENERATION,
  SIGNAL_LEVELS_LENGTH,
  SIGNAL_LEVELS_VERSION,
} from '../memory/signals.ts';
import { LEVELS, type Level, type LevelName, readLevel } from '../record.ts';

export class LevelBoard {
  readonly #signals: Int32Array;
  readonly #text: SharedText;
  #version = 0;
  #rules: LevelRules;
  #settings: LevelSettings;

  constructor(signals: Block, initial: LevelSettings) {
    this.#signals = signals.words;
    const bytes = signals.bytes.subarray(LEVELS_OFFSET_BYTES, LEVELS_OFFSET_BYTES + LEVELS_MAX_BYTES);
    this.#text = new SharedText(this.#signals, SIGNAL_LEVELS_VERSION, SIGNAL_LEVELS_LENGTH, bytes);
    this.#settings = initial;
    this.#rules = compileLevelRules(initial);
  }

  /** Rank of the least level that the logger of this name writes. */
  thresholdFor(name: string): number {
    if (this.#text.version !== this.#version) this.#read();
    return this.#rules.thresholdFor(name);
  }

  /** Makes settings known to all threads. Returns false when they are too long for the board (some hundreds of patterns). */
  publish(settings: LevelSettings): boolean {
    const text = plainJson(settings);
    if (Buffer.byteLength(text) > LEVELS_MAX_BYTES) return false;
    this.#text.write(text);
    // Partner of the plain load in each level method: on its next call a logger looks here again.
    Atomics.add(this.#signals, SIGNAL_GENERATION, 1);
    return true;
  }

  setLevel(pattern: string, level: Level): boolean {
    this.thresholdFor('');
    const { [pattern]: _replaced, ...others } = this.#settings.levels;
    return this.publish({ level: this.#settings.level, levels: { ...others, [pattern]: level } });
  }

  /** {@link setLevel} for what callers hand in. Throws a RangeError for a level or a pattern that is none, and when there is no room for one more. */
  change(pattern: string, name: LevelName): void {
    const level = readLevel(name);
    if (level === undefined) throw new RangeError(`setLevel: "${String(name)}" is no level; use one of ${LEVELS.join(', ')}.`);
    if (typeof pattern !== 'string' || pattern === '')
      throw new RangeError('setLevel: the pattern must be a logger’s name, where * stands for any characters ("exchange.*").');
    if (!this.setLevel(pattern, level)) throw new RangeError('setLevel: there are too many level patterns; use wider ones.');
  }

  #read(): void {
    const published = this.#text.read();
    // Being written just now: what is known holds, and the next call looks again.
    if (published === undefined) return;
    this.#settings = JSON.parse(published.text) as LevelSettings;
    this.#rules = compileLevelRules(this.#settings);
    this.#version = published.version;
  }
}
