/**
 * A hot reload: the package is loaded a second time, as a development server or a test runner does it, while loggers of the first copy live on.
 * The second argument says what happens then.
 */
import { registerHooks } from 'node:module';
import type * as Package from '../../../src/index.ts';

const [folder, way] = process.argv.slice(2);
let copy = 0;
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url.includes('/src/') && !resolved.url.includes('?')
      ? { ...resolved, url: `${resolved.url}?copy=${copy}` }
      : resolved;
  },
});

const load = async (): Promise<typeof Package> => {
  copy++;
  return import(`../../../src/index.ts?copy=${copy}`);
};
const config = {
  level: 'debug',
  backends: { file: { path: `${folder}/app.jsonl`, level: 'debug' }, audit: { path: `${folder}/audit.jsonl` } },
} as const;

const loggers: Package.HFTLogger[] = [];
let written = 0;
const write = () => {
  for (const log of loggers) {
    for (let i = 0; i < 50; i++) {
      log.info('tick', { n: ++written });
      log.audit('ticked', { n: written });
    }
  }
};

const reloads = 3;
let current: typeof Package | undefined;
for (let i = 0; i < reloads; i++) {
  current = await load();
  const early = current.getLogger(`early ${i}`);
  loggers.push(early);
  write();
  const logging = current.configureLogging(config);
  loggers.push(logging.getLogger(`late ${i}`), early.withContext({ i }));
  write();
  await new Promise((resolve) => setTimeout(resolve, 50));
  write();
}
const handlers = ['exit', 'SIGTERM', 'SIGINT', 'SIGHUP'].map((event) => process.listenerCount(event));
process.stdout.write(JSON.stringify({ written, handlers }));
if (way === 'exit') process.exit(7);
await current!.shutdownLogging();
process.exitCode = 7;
