// npm run servers [-- collector|loki|prometheus|pushgateway|kafka|compose|kubernetes|all …]: builds the real servers the checks run against.
// Into a git-ignored cache, once per version: about 12 minutes on two cores from nothing, a moment when all are there.

import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isProcessRunning } from './process.ts';
import { createProgress } from './progress.ts';
import { RECIPES } from './recipes.ts';
import { CACHE, isInstalled, SERVER_NAMES, type ServerName, serverFolder, VERSIONS } from './versions.ts';

const BUILDING = '.building-';

/**
 * Builds a server unless it is there. A build happens in a folder of its own and is renamed at its end, so a cache never
 * holds half a server, and two builds at once end with one of them.
 */
async function install(name: ServerName): Promise<void> {
  const progress = createProgress(`${name} ${VERSIONS[name]}`);
  const target = serverFolder(name);
  if (isInstalled(name)) {
    progress.done('in the cache');
    return;
  }
  const building = join(CACHE, `${BUILDING}${process.pid}-${name}`);
  mkdirSync(building, { recursive: true });
  try {
    await RECIPES[name](building, progress);
    rmSync(join(building, 'work'), { recursive: true, force: true });
    renameIntoPlace(building, target, name);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  progress.done('built');
}

function renameIntoPlace(from: string, target: string, name: ServerName): void {
  try {
    renameSync(from, target);
  } catch (error) {
    if (!isInstalled(name)) throw error;
  }
}

/** What a build that was killed left behind. */
function removeAbandonedBuilds(): void {
  for (const entry of readdirSync(CACHE)) {
    const pid = Number(new RegExp(`^\\${BUILDING}(\\d+)-`).exec(entry)?.[1]);
    if (pid > 0 && !isProcessRunning(pid)) rmSync(join(CACHE, entry), { recursive: true, force: true });
  }
}

function parseNames(args: readonly string[]): readonly ServerName[] {
  if (args.length === 0 || args.includes('all')) return SERVER_NAMES;
  return args.map((arg) => {
    const name = SERVER_NAMES.find((known) => known === arg);
    if (name === undefined) throw new Error(`No server is called '${arg}'. Known: ${SERVER_NAMES.join(', ')}, all.`);
    return name;
  });
}

try {
  const names = parseNames(process.argv.slice(2));
  mkdirSync(CACHE, { recursive: true });
  removeAbandonedBuilds();
  for (const name of names) await install(name);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
