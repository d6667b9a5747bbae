/**
 * A path from the working directory. That may have been deleted, as deployments delete old releases: a worker of a cluster that starts there must start all
 * the same. Then the path stays as it was given: an absolute one is not affected, and the backend that cannot open a relative one says so.
 */
import { resolve } from 'node:path';

export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch {
    return path;
  }
}
