/**
 * `npm run reference`: the API reference of every door of the package, as pages in coverage/reference. Ends with 1 at a warning: a link in a comment that leads
 * nowhere, a type that is linked to and not exported. TypeDoc and the TypeScript that it needs have a package.json of their own beside this file, and are
 * installed by the first run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
const TYPEDOC = join(HERE, 'node_modules/typedoc/bin/typedoc');

const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types?: string }>;
};
const doors = Object.entries(exports).flatMap(([path, target]) =>
  path === './worker' || typeof target === 'string' || target.types === undefined
    ? []
    : [join(ROOT, target.types.replace('./dist/', 'src/').replace('.d.ts', '.ts'))],
);

const isInstalled = existsSync(TYPEDOC) || run('npm', ['ci', '--no-audit', '--no-fund', '--prefix', HERE]);
const isMade = isInstalled && run(process.execPath, [TYPEDOC, ...options(), ...doors]);
process.exitCode = isMade ? 0 : 1;

function options(): readonly string[] {
  return [
    ...[
      '--options',
      join(HERE, 'typedoc.json'),
      '--name',
      'hft-otel',
      '--tsconfig',
      join(HERE, 'tsconfig.json'),
      '--out',
      join(ROOT, 'coverage/reference'),
    ],
    ...['--readme', 'none', '--excludeInternal', '--excludePrivate', '--skipErrorChecking', '--treatWarningsAsErrors'],
    // What a door does not export and only names is a matter of docs/api.
    ...['--validation.notExported', 'false', '--validation.notDocumented', 'false'],
  ];
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: HERE, stdio: 'inherit' }).status === 0;
}
