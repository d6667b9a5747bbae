/** Programs of these tests. */
import { join } from 'node:path';

export function program(name: string): string {
  return join(import.meta.dirname, '../programs', name);
}
