/**
 * Levels that an operator sets for some time, or until the end of the process. They override the program's own rules, which apply again afterwards.
 */
import type { LevelBoard, LevelOverride } from '../caller/level-board.ts';
import { LEVELS, readLevel } from '../record.ts';
import { type RunningTimer, startTimer, stopTimer } from '../time/real-timers.ts';
import type { LevelsAnswer } from './protocol.ts';

/** A week: a longer change belongs into the configuration. */
const MAX_FOR_MILLIS = 7 * 86_400_000;

/** The request was wrong; the message names the fault. */
export class BadRequest extends Error {}

export class LevelControl {
  readonly #board: LevelBoard;
  readonly #nowMillis: () => number;
  #timer: RunningTimer | undefined;

  /** Continues with the levels that an earlier worker of this instance was given. */
  constructor(board: LevelBoard, nowMillis: () => number) {
    this.#board = board;
    this.#nowMillis = nowMillis;
    this.#restoreDue();
  }

  get answer(): LevelsAnswer {
    const { level, levels } = this.#board.settings;
    return { level, levels, overrides: this.#board.overrides };
  }

  /** Throws {@link BadRequest}. */
  set(change: unknown): LevelsAnswer {
    const override = this.#overrideOf(change);
    this.#publish([...this.#board.overrides.filter(({ pattern }) => pattern !== override.pattern), override]);
    return this.answer;
  }

  /** Undefined removes all levels that were set. Throws {@link BadRequest} for a pattern without one. */
  reset(pattern: string | undefined): LevelsAnswer {
    const kept = pattern === undefined ? [] : this.#board.overrides.filter((override) => override.pattern !== pattern);
    if (pattern !== undefined && kept.length === this.#board.overrides.length)
      throw new BadRequest(`No level has been set for "${pattern}".`);
    this.#publish(kept);
    return this.answer;
  }

  close(): void {
    stopTimer(this.#timer);
  }

  #overrideOf(change: unknown): LevelOverride {
    if (typeof change !== 'object' || change === null)
      throw new BadRequest('Expected an object with level, and pattern and forMillis if wanted.');
    const { level: name, pattern, forMillis } = change as Readonly<Record<string, unknown>>;
    const level = readLevel(name);
    if (level === undefined) throw new BadRequest(`level: expected one of ${LEVELS.join(', ')}.`);
    if (pattern !== undefined && (typeof pattern !== 'string' || pattern === '' || pattern.length > 255))
      throw new BadRequest('pattern: expected a logger’s name of up to 255 characters, where * stands for any characters.');
    if (forMillis !== undefined && !(typeof forMillis === 'number' && forMillis > 0 && forMillis <= MAX_FOR_MILLIS))
      throw new BadRequest(`forMillis: expected a number above 0, up to ${MAX_FOR_MILLIS} (a week).`);
    return {
      level,
      ...(pattern !== undefined && { pattern }),
      ...(forMillis !== undefined && { untilUnixMillis: Math.round(this.#nowMillis() + forMillis) }),
    };
  }

  #publish(overrides: readonly LevelOverride[]): void {
    if (!this.#board.override(overrides))
      throw new BadRequest('There are too many levels set: remove some (hft-otel level reset).');
    this.#startTimer();
  }

  /** Removes levels whose time is over, and sets a timer for the next. */
  #restoreDue(): void {
    const now = this.#nowMillis();
    const { overrides } = this.#board;
    const left = overrides.filter(({ untilUnixMillis = Number.POSITIVE_INFINITY }) => untilUnixMillis > now);
    if (left.length < overrides.length) this.#board.override(left);
    this.#startTimer();
  }

  #startTimer(): void {
    stopTimer(this.#timer);
    const next = Math.min(...this.#board.overrides.map(({ untilUnixMillis = Number.POSITIVE_INFINITY }) => untilUnixMillis));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = startTimer(() => this.#restoreDue(), Math.max(1, next - this.#nowMillis()));
    this.#timer.unref();
  }
}
