/** A backend that takes its worker down. */
import type { Backend } from '../../../src/index.ts';

export default (): Backend => ({
  write(batch) {
    if (batch.some(({ body }) => body === 'die')) process.exit(1);
  },
});
