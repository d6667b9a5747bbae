/** A backend of a user's own that is done with a record when its number stands in a file. */
import { appendFileSync } from 'node:fs';
import type { Backend } from '../../../src/index.ts';

export default ({ path }: { path: string }): Backend => ({
  write(batch) {
    appendFileSync(path, batch.map(({ attributes }) => `${attributes.n}\n`).join(''));
  },
});
