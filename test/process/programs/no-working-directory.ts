/** Logs to a file by an absolute path, and to a module if one is named. Default paths of other backends are relative. */
import { configureLogging, getLogger } from '../../../src/index.ts';

const [, , path, module] = process.argv;
const logging = configureLogging({
  service: { name: 'gateway' },
  backends: { file: { path }, ...(module && { mine: { module } }) },
});
getLogger('a').warning('order', { i: 1 });
const { complete } = await logging.shutdown();
console.log(JSON.stringify({ complete }));
