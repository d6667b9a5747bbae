// The same as CommonJS.
const { logs, metrics } = require('@opentelemetry/api');

console.log('order placed', { symbol: 'BTCUSDT' });
logs.getLogger('library').emit({ severityNumber: 13, body: 'from a library' });
metrics.getMeter('library').createCounter('library_calls').add(2);
