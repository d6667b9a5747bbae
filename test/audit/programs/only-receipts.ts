/** Does nothing but wait for a receipt, and ends by itself. */
import { createLogging } from '../../../src/index.ts';

const logging = createLogging({
  handleExits: false,
  diagnosticLevel: 'none',
  backends: { audit: { path: process.argv[2]!, rotation: 'none' } },
});
await logging.ready;
const { seq } = await logging.getLogger('orders').auditReceipt('placed', {}, 'disk');
process.stdout.write(`${seq}`);
