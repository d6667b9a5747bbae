/**
 * Any thrown value as one line of text: for `health()`, warnings, outcomes of backends. Credentials in it are masked: servers repeat request headers in their
 * answers, and URLs contain tokens. Never throws itself.
 */
import { type MaskOptions, maskSecrets } from './mask-secrets.ts';
import { oneLine } from './one-line.ts';

/** Longest text: the counters' memory holds some 700 bytes. */
const MAX_CHARACTERS = 500;

/** Errors of a chain that the text includes: `fetch failed` means nothing without its cause. */
const MAX_CAUSES = 3;

export function errorText(error: unknown, options?: MaskOptions): string {
  try {
    return oneLine(maskSecrets(withCauses(error), options), MAX_CHARACTERS) || 'An error without a text that can be seen.';
  } catch {
    return 'An error that cannot be shown.';
  }
}

function withCauses(error: unknown): string {
  let text = lineOf(error);
  let current = error;
  for (let told = 0; told < MAX_CAUSES && current instanceof Error && current.cause instanceof Error; told++) {
    current = current.cause;
    const line = lineOf(current);
    if (!text.includes(line)) text += ` (${line})`;
  }
  return text;
}

function lineOf(error: unknown): string {
  if (error instanceof Error) return lineOfError(error);
  if (error === '') return 'An empty text was thrown.';
  if (typeof error !== 'object' || error === null) return String(error);
  const { message } = error as { message?: unknown };
  return typeof message === 'string' && message !== '' ? message : lineOfObject(error);
}

/** Node joins the failed addresses of a host in an AggregateError whose own message is empty. */
function lineOfError(error: Error): string {
  if (error.message) return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.slice(0, MAX_CAUSES).map(lineOf).join('; ');
  return error.name || 'Error';
}

/** Objects that have a text of their own, such as URLs and dates, are shown by it, others by their members: `[object Object]` means nothing. */
function lineOfObject(thrown: object): string {
  try {
    const own = Array.isArray(thrown) ? '' : String(thrown);
    if (own !== '' && !own.startsWith('[object ')) return own;
  } catch {} // an object without a prototype has none
  return JSON.stringify(thrown);
}
