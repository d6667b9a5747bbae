/** A backend that says, by a file, that it is to close, and waits for another one. */
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export default ({ folder }: { folder: string }) => ({
  write() {},
  async close() {
    writeFileSync(`${folder}/closing`, '');
    while (!existsSync(`${folder}/go`)) await sleep(5);
  },
});
