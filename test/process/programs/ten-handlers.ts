/** As many handlers of the application's as Node takes without a warning: before our own, and after them. */
import { createLogging } from '../../../src/index.ts';

const [folder, order] = process.argv.slice(2);
const events = ['exit', 'SIGTERM', 'SIGINT', 'SIGHUP'];
const addTen = () => {
  for (const event of events) for (let i = 0; i < 10; i++) process.on(event, () => {});
};
if (order === 'before') addTen();
const logging = createLogging({ backends: { file: { path: `${folder}/app.jsonl`, rotation: 'none' } } });
logging.getLogger('app').info('tick', { i: 1 });
if (order === 'after') addTen();
// Warnings are printed in a later turn.
setImmediate(() => process.exit(3));
