/**
 * `npm run page`: builds the live page into .cache/page.html, where the package finds it while it runs from its sources.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPage } from './build.ts';

const folder = join(import.meta.dirname, '../../.cache');
const html = await buildPage();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'page.html'), html);
console.log(`.cache/page.html: ${Buffer.byteLength(html)} bytes`);
