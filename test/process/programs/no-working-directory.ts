/** Logs to a file by an absolute path. Default paths of other backends are relative. */
import { configureLogging, getLogger } from '../../../src/index.ts';

const [, , path] = process.argv;
const logging = configureLogging({ service: { name: 'gateway' }, backends: { file: { path } } });
getLogger('a').warning('order', { i: 1 });
const { complete } = await logging.shutdown();
console.log(JSON.stringify({ complete }));
