/** A backend's module that never returns from its first write. */
import type { Backend } from '../../../src/index.ts';

export default (): Backend => ({
  write() {
    for (;;);
  },
});
