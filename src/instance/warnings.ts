/** Warnings of an instance: kept for `health().warnings`, and each one emitted once as a process warning. */
import { maskSecrets } from '../common/mask-secrets.ts';
import type { DiagnosticLevel } from '../settings/vocabulary.ts';
import { warn } from './diagnostics.ts';

/** Most texts that are kept: more than a user reads. */
const MAX_WARNINGS = 32;

export class Warnings {
  readonly #level: DiagnosticLevel;
  /** Of the configuration. */
  readonly #configured: readonly string[];
  readonly #noted: string[] = [];

  constructor(level: DiagnosticLevel, configured: readonly string[]) {
    this.#level = level;
    this.#configured = configured;
  }

  get all(): readonly string[] {
    return [...this.#configured, ...this.#noted];
  }

  /** Once for each text. Credentials in it are masked. */
  note(text: string): void {
    const warning = maskSecrets(text);
    if (this.#noted.length >= MAX_WARNINGS || this.#noted.includes(warning)) return;
    this.#noted.push(warning);
    this.emit(warning);
  }

  /** Emits a process warning without keeping it. */
  emit(warning: string): void {
    warn(warning, this.#level);
  }
}
