/** Locks a folder at a moment, says whether it has it, and stays until it is killed: `<folder> <unix milliseconds>`. */
import { FolderLock } from '../../../src/spool/lock.ts';

const [folder, at] = process.argv.slice(2);
while (Date.now() < Number(at)) {
  // The starters of a race begin in the same millisecond.
}
const lock = await FolderLock.acquire(folder, `of ${process.pid}`);
console.log(lock === undefined ? 'no' : 'yes');
process.stdin.resume();
