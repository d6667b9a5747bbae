/**
 * Loaded before all else by what the tests start: gives Node the stripped text of the project's files (setup.ts says why). A copy of this file stands beside
 * those texts. A file that was changed since, or is not there, is left to Node.
 */
const { readFileSync, statSync } = require('node:fs');
const { registerHooks } = require('node:module');
const { join, relative, sep } = require('node:path');
const { fileURLToPath } = require('node:url');

const project = JSON.parse(readFileSync(join(__dirname, 'project.json'), 'utf8'));

registerHooks({
  load(url, context, nextLoad) {
    const source = url.startsWith('file:') && url.endsWith('.ts') ? stripped(fileURLToPath(url)) : undefined;
    return source === undefined ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true };
  },
});

function stripped(file) {
  if (!file.startsWith(project + sep)) return undefined;
  const copy = join(__dirname, relative(project, file));
  try {
    return statSync(copy).mtimeMs < statSync(file).mtimeMs ? undefined : readFileSync(copy, 'utf8');
  } catch {
    return undefined;
  }
}
