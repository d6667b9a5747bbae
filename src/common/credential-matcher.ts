/**
 * Judges names: does a value of this name hold a credential? Names are compared without case and without `_`, `-`, `.` and spaces, so `api_key` is also
 * `apiKey`, `API-KEY` and `Api.Key`.
 */
import { CREDENTIAL_NAMES } from './credential-names.ts';
import { namePattern } from './name-pattern.ts';

export function normalizedName(name: string): string {
  return name.toLowerCase().replace(/[_\-.\s]/g, '');
}

/** Matches normalized names against entries of one part; `*` in an entry stands for any run of characters. */
export function nameMatcher(entries: readonly string[]): (normalized: string) => boolean {
  const exact = new Set<string>();
  const patterns: ((normalized: string) => boolean)[] = [];
  for (const entry of entries) {
    const name = normalizedName(entry);
    if (name.includes('*')) patterns.push(namePattern(name));
    else if (name !== '') exact.add(name);
  }
  return (normalized) => exact.has(normalized) || patterns.some((matches) => matches(normalized));
}

/** Whether a dotted name ends in a matching one: `exchange.api.key` ends in `api.key`, which is `apikey`. */
export function endsInName(matches: (normalized: string) => boolean, normalizedParts: readonly string[]): boolean {
  let tail = '';
  for (let i = normalizedParts.length - 1; i >= 0; i--) {
    tail = normalizedParts[i] + tail;
    if (matches(tail)) return true;
  }
  return false;
}

const isDefaultName = nameMatcher(CREDENTIAL_NAMES.filter((entry) => !entry.includes('.')));

/** By the default list, whatever `redact` says: for texts of our own, which no setting concerns. */
export function isCredentialName(name: string): boolean {
  return endsInName(isDefaultName, name.split('.').map(normalizedName));
}
