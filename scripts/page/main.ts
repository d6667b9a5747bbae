/**
 * `npm run page`: builds the live page into dist/page.html, where the package finds it while it runs from its sources.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPage } from './build.ts';

const dist = join(import.meta.dirname, '../../dist');
const html = await buildPage();
mkdirSync(dist, { recursive: true });
writeFileSync(join(dist, 'page.html'), html);
console.log(`dist/page.html: ${Buffer.byteLength(html)} bytes`);
