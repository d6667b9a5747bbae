/** Never 0. Of five characters and the length: interpolated messages differ in their middle or end, literals anywhere. The higher bits are the better ones. */
export function hashOf(message: string): number {
  const { length } = message;
  if (length === 0) return 1;
  const a = length * 61 + message.charCodeAt(0) * 31 + message.charCodeAt(length - 1) * 7 + message.charCodeAt(length >> 1) * 131;
  const b = message.charCodeAt((length * 3) >> 2) * 5 + message.charCodeAt(length >> 2);
  return (Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca6b)) | 1;
}
