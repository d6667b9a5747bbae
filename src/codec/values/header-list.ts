/**
 * HTTP headers as a list: names and values in turn (undici, `rawHeaders`), pairs (`Object.entries`), or objects with a name and a value (HAR, HTTP/2 tools).
 * Here a credential stands beside its name, not under it.
 */
import type { Place } from '../../redaction/redaction.ts';
import { REDACTED_TEXT } from '../layout.ts';

/** The item of a list of headers that follows `before`, with the value of a credential replaced. */
export function headerItem(item: unknown, before: unknown, place: Place): unknown {
  const isCredential = (name: unknown) => typeof name === 'string' && place.under(name).redacted;
  if (typeof item === 'string') return isCredential(before) ? REDACTED_TEXT : item;
  if (typeof item !== 'object' || item === null) return item;
  if (Array.isArray(item)) return isCredential(item[0]) ? [item[0], REDACTED_TEXT] : item;
  if (Buffer.isBuffer(item)) return isCredential(before) ? REDACTED_TEXT : item;
  const { name, key, value } = item as Record<string, unknown>;
  return value !== undefined && (isCredential(name) || isCredential(key)) ? { ...item, value: REDACTED_TEXT } : item;
}
