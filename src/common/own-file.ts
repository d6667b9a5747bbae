/**
 * The file that this package's code runs from: one of its own, or the bundle that holds it. `import.meta.url` does not tell: webpack replaces it by a path
 * on the machine that builds, and in a bundle in CommonJS it may be undefined.
 */
import { isAbsolute } from 'node:path';

export function ownFile(): string | undefined {
  try {
    // Defined in CommonJS alone. Not asked with `typeof`: webpack replaces that by a constant, and by the wrong one.
    // With `node -e` it is a global, "[eval]", that modules see too.
    if (isAbsolute(__filename)) return __filename;
  } catch {
    // A module.
  }
  return import.meta.filename;
}
