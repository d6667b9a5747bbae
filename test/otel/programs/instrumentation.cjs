/** OpenTelemetry's SDK in each thread that loads it, which writes the outgoing requests that became spans to stderr: `client <thread> <method> <URL>`. */
const { writeSync } = require('node:fs');
const { threadId } = require('node:worker_threads');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
const { NodeSDK } = require('@opentelemetry/sdk-node');

const CLIENT = 2;
const spans = {
  onStart() {},
  onEnd({ kind, name, attributes }) {
    if (kind === CLIENT) writeSync(2, `client ${threadId} ${name} ${attributes['url.full'] ?? attributes['http.url']}\n`);
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};
new NodeSDK({
  spanProcessors: [spans],
  metricReaders: [],
  logRecordProcessors: [],
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
}).start();
writeSync(2, `instrumented ${threadId}\n`);
