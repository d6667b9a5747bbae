/**
 * FIX messages as people write them down: `|` in place of the control character SOH that ends each field.
 */

/** A field with its end: digits, `=`, anything, SOH. */
const FIX_FIELD = /(?:^|\u0001)\d{1,5}=[^\u0001]*\u0001/;

/** The text with its SOH shown, if it is one of FIX; any other text as it is. */
export function fixText(text: string): string {
  return text.includes('\u0001') && FIX_FIELD.test(text) ? text.replaceAll('\u0001', '|') : text;
}

/** The same for all texts inside a value. */
export function withFixTexts(value: unknown): unknown {
  if (typeof value === 'string') return fixText(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(withFixTexts);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withFixTexts(each)]));
}
