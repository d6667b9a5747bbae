/**
 * Level rules in shared memory, so that `setLevel` on one thread is seen by the next call on every other, however busy that one is.
 *
 * Readers look only when the generation signal has changed. Rules come from the thread that configured the instance, and, over them, from an operator: the
 * worker writes those (worker/control.ts). Each text has one writer.
 */

import { plainJson } from '../common/plain-json.ts';
import { compileLevelRules, type LevelRules, type LevelSettings } from '../config/level-rules.ts';
import type { Block } from '../memory/block.ts';
import { SharedText } from '../memory/shared-text.ts';
import {
  LEVELS_MAX_BYTES,
  LEVELS_OFFSET_BYTES,
  OVERRIDES_MAX_BYTES,
  OVERRIDES_OFFSET_BYTES,
  SIGNAL_GENERATION,
  SIGNAL_LEVELS_LENGTH,
  SIGNAL_LEVELS_VERSION,
  SIGNAL_OVERRIDES_LENGTH,
  SIGNAL_OVERRIDES_VERSION,
} from '../memory/signals.ts';
import { LEVELS, type Level, type LevelName, readLevel } from '../record.ts';

/** A rule that an operator has set while the program runs. It wins over the program's own rule of the same pattern. */
export interface LevelOverride {
  /** Undefined: the level of loggers that no rule names. */
  readonly pattern?: string;
  readonly level: Level;
  /** Unix milliseconds; undefined: until the end of the process. */
  readonly untilUnixMillis?: number;
}

export class LevelBoard {
  readonly #signals: Int32Array;
  readonly #text: SharedText;
  readonly #overridesText: SharedText;
  #version = 0;
  #overridesVersion = 0;
  #rules: LevelRules;
  #settings: LevelSettings;
  #overrides: readonly LevelOverride[] = [];

  constructor(signals: Block, initial: LevelSettings) {
    this.#signals = signals.words;
    const bytes = signals.bytes.subarray(LEVELS_OFFSET_BYTES, LEVELS_OFFSET_BYTES + LEVELS_MAX_BYTES);
    this.#text = new SharedText(this.#signals, SIGNAL_LEVELS_VERSION, SIGNAL_LEVELS_LENGTH, bytes);
    const overrides = signals.bytes.subarray(OVERRIDES_OFFSET_BYTES, OVERRIDES_OFFSET_BYTES + OVERRIDES_MAX_BYTES);
    this.#overridesText = new SharedText(this.#signals, SIGNAL_OVERRIDES_VERSION, SIGNAL_OVERRIDES_LENGTH, overrides);
    this.#settings = initial;
    this.#rules = compileLevelRules(initial);
  }

  /** Rank of the least level that the logger of this name writes. */
  thresholdFor(name: string): number {
    if (this.#text.version !== this.#version || this.#overridesText.version !== this.#overridesVersion) this.#read();
    return this.#rules.thresholdFor(name);
  }

  /** The program's own rules now. */
  get settings(): LevelSettings {
    this.thresholdFor('');
    return this.#settings;
  }

  /** Levels that an operator has set over them. */
  get overrides(): readonly LevelOverride[] {
    this.thresholdFor('');
    return this.#overrides;
  }

  /** Makes an operator's rules known to all threads, in place of those before. Returns false when they are too long (some dozens). */
  override(overrides: readonly LevelOverride[]): boolean {
    const text = plainJson(overrides);
    if (Buffer.byteLength(text) > OVERRIDES_MAX_BYTES) return false;
    this.#overridesText.write(text);
    Atomics.add(this.#signals, SIGNAL_GENERATION, 1);
    return true;
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

  /** {@link setLevel} with unchecked arguments. Throws a RangeError for an unknown level, a wrong pattern, and when there is no room for one more. */
  change(pattern: string, name: LevelName): void {
    const level = readLevel(name);
    if (level === undefined) throw new RangeError(`setLevel: "${String(name)}" is no level; use one of ${LEVELS.join(', ')}.`);
    if (typeof pattern !== 'string' || pattern === '')
      throw new RangeError('setLevel: the pattern must be a logger’s name, where * stands for any characters ("exchange.*").');
    if (!this.setLevel(pattern, level)) throw new RangeError('setLevel: there are too many level patterns; use wider ones.');
  }

  #read(): void {
    const published = this.#text.read();
    const overridden = this.#overridesText.read();
    // It is being written: the known rules stay in force, and the next call looks again.
    if (published === undefined || overridden === undefined) return;
    if (published.text !== '') this.#settings = JSON.parse(published.text) as LevelSettings;
    this.#overrides = overridden.text === '' ? [] : (JSON.parse(overridden.text) as LevelOverride[]);
    this.#rules = compileLevelRules(withOverrides(this.#settings, this.#overrides));
    this.#version = published.version;
    this.#overridesVersion = overridden.version;
  }
}

function withOverrides(settings: LevelSettings, overrides: readonly LevelOverride[]): LevelSettings {
  let { level } = settings;
  const levels = { ...settings.levels };
  for (const override of overrides) {
    if (override.pattern === undefined) level = override.level;
    else {
      delete levels[override.pattern]; // so that it stands behind rules of the same weight, and wins over them
      levels[override.pattern] = override.level;
    }
  }
  return { level, levels };
}
