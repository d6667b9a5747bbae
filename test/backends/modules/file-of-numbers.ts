/** A backend as a user writes it: appends the attribute `number` of each record to a file. */
import { appendFile } from 'node:fs/promises';
import type { BackendFactory } from '../../../src/contract/backend.ts';

const factory: BackendFactory = (options) => {
  const { path } = options as { path: string };
  return {
    async write(batch) {
      await appendFile(path, batch.map(({ attributes }) => `${attributes.number}\n`).join(''));
    },
  };
};
export default factory;
