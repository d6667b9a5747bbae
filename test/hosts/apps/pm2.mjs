// A program under pm2: logs to the console, prints something itself, and logs again when pm2 stops it.
import { configureLogging, getLogger } from 'hft-otel';

const instance = process.env.NODE_APP_INSTANCE ?? '0';
const logging = configureLogging({
  service: { name: 'hosted' },
  backends: {
    console: { level: 'info', structured: true },
    audit: { path: `${process.env.OUT}/audit-${instance}.jsonl`, rotation: 'none' },
  },
  routes: [{ when: { type: 'audit' }, to: ['audit'], final: true }],
});
const log = getLogger('app');
await logging.ready;
console.log(`printed by ${instance}`);
log.info(`started ${instance}`);
log.audit('order_placed', { instance });
await logging.flush();
process.on('SIGINT', () => {
  log.info(`stopped ${instance}`);
  log.audit('order_cancelled', { instance });
  process.exit(0);
});
process.send?.('ready');
setInterval(() => {}, 1_000);
