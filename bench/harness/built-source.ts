/**
 * Cases measure what users run: the package as it is built, not its source. Loaded with `--import`, this sends every import of a module of `src` to its
 * built counterpart, which `buildModules` has written before.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MODULES } from './built-package.ts';

const SOURCE = new URL('../../src/', import.meta.url).href;
const BUILT = pathToFileURL(`${MODULES}/`).href;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (!found.url.startsWith(SOURCE)) return found;
    const module = found.url.slice(SOURCE.length).replace(/\.ts$/, '.js');
    return { url: `${BUILT}${module}`, format: 'module', shortCircuit: true };
  },
});
