/** A part of an address without its percent-encoding. One that cannot be decoded is taken as it is: `%` is a character that people have in passwords. */
export function percentDecoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
