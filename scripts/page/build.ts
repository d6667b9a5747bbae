/**
 * The live page as one file: its code, bundled and made small, its style, and uPlot's with its licence.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

// By its URL: benches put this file into others, and keep the URLs of helpers as they were.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = join(ROOT, 'page');
const UPLOT = join(ROOT, 'node_modules/uplot');

export async function buildPage(): Promise<string> {
  const build = await rolldown({ cwd: SOURCES, input: join(SOURCES, 'main.ts'), platform: 'browser' });
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false });
  await build.close();
  const licence = readFileSync(join(UPLOT, 'LICENSE'), 'utf8').trim();
  const style = [readFileSync(join(UPLOT, 'dist/uPlot.min.css'), 'utf8'), readFileSync(join(SOURCES, 'style.css'), 'utf8')].join(
    '\n',
  );
  // Functions as replacements: `$` means something in a text.
  return readFileSync(join(SOURCES, 'index.html'), 'utf8')
    .replace('/* style */', () => smaller(style))
    .replace('/* script */', () => `/*! uPlot\n${licence}\n*/\n${output[0].code.replaceAll('</script', '<\\/script')}`);
}

/** Without comments and indents. */
function smaller(css: string): string {
  return css
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s*\n\s*/g, '\n')
    .replaceAll(/\n(?=[}])|(?<=[{;,])\n/g, '');
}
