/** Warnings of an instance: kept for `health().warnings`, and each one emitted once as a process warning. */
import { maskSecrets } from '../common/mask-secrets.ts';
import type { DiagnosticLevel } from '../settings/vocabulary.ts';
import { warn } from './diagnostics.ts';

/** Most texts that are kept: more than a user reads. */
const MAX_WARNINGS = 128;
/** Most that differ only in names and numbers. A program with a hundred misnamed metrics must still be told that a backend has failed. */
const MAX_ALIKE = 8;
/** Names in quotes, and numbers. */
const DIFFERENCES = /"[^"]*"|\d+/g;

export class Warnings {
  readonly #level: DiagnosticLevel;
  /** Of the configuration. */
  readonly #configured: readonly string[];
  readonly #noted: string[] = [];
  readonly #alike = new Map<string, number>();

  constructor(level: DiagnosticLevel, configured: readonly string[]) {
    this.#level = level;
    this.#configured = configured;
  }

  get all(): readonly string[] {
    return [...this.#configured, ...this.#noted];
  }

  /** Once for each text, and for a few of those that are alike. Credentials in it are masked. */
  note(text: string): void {
    const warning = maskSecrets(text);
    if (this.#noted.length >= MAX_WARNINGS || this.#noted.includes(warning)) return;
    const kind = warning.replace(DIFFERENCES, '');
    const alike = (this.#alike.get(kind) ?? 0) + 1;
    if (alike > MAX_ALIKE) return;
    this.#alike.set(kind, alike);
    const told = alike < MAX_ALIKE ? warning : `${warning} Further warnings like this one are not shown.`;
    this.#noted.push(told);
    this.emit(told);
  }

  /** Emits a process warning without keeping it. */
  emit(warning: string): void {
    warn(warning, this.#level);
  }
}
