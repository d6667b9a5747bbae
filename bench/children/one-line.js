/**
 * A program that logs one line and ends; or, without a front door, one that only ends.
 *
 *   node bench/children/one-line.js <front door of the package, or ""> <directory> [shutdown]
 */
import { join } from 'node:path';

const [frontDoor, directory, end] = process.argv.slice(2);
if (frontDoor !== '') {
  const { configureLogging, getLogger, shutdownLogging } = await import(frontDoor);
  configureLogging({
    environment: 'production',
    service: { name: 'bench' },
    backends: { file: { path: join(directory, 'one-line.jsonl') } },
  });
  getLogger('main').warning('done', { code: 0 });
  if (end === 'shutdown') await shutdownLogging();
}
