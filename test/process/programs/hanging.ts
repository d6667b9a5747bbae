/** A backend's module that never returns from a write, once it gets a record that says so. */
import type { Backend } from '../../../src/index.ts';

export default (): Backend => ({
  write(batch) {
    while (batch.some(({ body }) => body === 'hang'));
  },
});
