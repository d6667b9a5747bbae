// An application that knows nothing of hft-otel: it prints, and logs and measures through OpenTelemetry's API.
import { logs, metrics } from '@opentelemetry/api';

console.log('order placed', { symbol: 'BTCUSDT' });
logs.getLogger('library').emit({ severityNumber: 13, body: 'from a library' });
metrics.getMeter('library').createCounter('library_calls').add(2);
