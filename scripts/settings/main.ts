/**
 * `npm run settings`: writes what is made from the rows of the settings: the public types, and the tables of docs/configuration.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { withTables } from './tables.ts';
import { typesText } from './types.ts';

const TYPES = new URL('../../src/config/types.ts', import.meta.url);
const DOCUMENT = new URL('../../docs/configuration.md', import.meta.url);

writeFileSync(TYPES, typesText());
writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, 'utf8')));
