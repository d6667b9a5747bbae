// CommonJS: Node loads the ES modules for it.
const { createLogging, getLogger } = require('hft-otel');
const { RingBufferLogRecordProcessor, RingLoggerProvider, RingMeterProvider } = require('hft-otel/otel');
const { createTestLogging } = require('hft-otel/testing');
const { version } = require('hft-otel/package.json');

const testing = createTestLogging();
testing.getLogger('cjs').info('order placed', { qty: 1 });
const logging = createLogging({
  backends: {
    console: { enabled: false },
    file: { level: 'debug', path: 'logs/cjs.jsonl', rotation: 'none' },
    audit: { path: 'logs/cjs-audit.jsonl' },
  },
});
logging.getLogger('cjs').info('order placed');
logging.shutdown().then(({ complete }) => {
  console.log(
    JSON.stringify({
      complete,
      version,
      body: testing.records()[0].body,
      functions: [getLogger, RingBufferLogRecordProcessor, RingLoggerProvider, RingMeterProvider].every(
        (each) => typeof each === 'function',
      ),
    }),
  );
});
