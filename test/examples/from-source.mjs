// `hft-otel` and its subpaths are the files of src, so that the examples run without a build.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

registerHooks({
  resolve(specifier, context, next) {
    const entry = /^hft-otel(?:\/|$)/.test(specifier) ? exports[specifier.replace(/^hft-otel/, '.')] : undefined;
    if (entry === undefined) return next(specifier, context);
    const url = new URL(entry.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'), root).href;
    return { url, shortCircuit: true };
  },
});
