/**
 * Random names for a service's start. `node:crypto` takes 7 ms to load, a tenth of the time until the worker is ready; Linux hands out a UUID for the reading of a
 * file. Nothing here is a secret: names only have to differ.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

const KERNEL_UUID = '/proc/sys/kernel/random/uuid';
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** A UUID of version 4. */
export function randomUuid(): string {
  try {
    const text = readFileSync(KERNEL_UUID, 'latin1').trim();
    if (UUID.test(text)) return text;
  } catch {
    // Not Linux, a container without /proc, or no permission: Node makes one.
  }
  return randomUUID();
}

/** 32 random bits as an unsigned integer. */
export function randomUint32(): number {
  // The first field of a version 4 UUID is random as a whole.
  return Number.parseInt(randomUuid().slice(0, 8), 16);
}
