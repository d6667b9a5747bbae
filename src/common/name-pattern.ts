/**
 * Names against patterns in which `*` stands for any run of characters, dots and nothing included. Linear in the length of the name for each
 * part of the pattern: no pattern can make it slow.
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return (name) => name === pattern;
  const first = parts[0];
  const last = parts[parts.length - 1];
  const between = parts.slice(1, -1).filter((part) => part !== '');
  const least = first.length + last.length;
  return (name) => {
    if (name.length < least || !name.startsWith(first) || !name.endsWith(last)) return false;
    const end = name.length - last.length;
    let from = first.length;
    // The earliest place of each part leaves the most room for the next one.
    for (const part of between) {
      const at = name.indexOf(part, from);
      if (at < 0 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  };
}
