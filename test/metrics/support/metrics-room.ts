/** The metrics room in a thread of its own, with one table; says its port. */
import { parentPort, workerData } from 'node:worker_threads';
import { PrometheusBackend } from '../../../src/backends/prometheus/prometheus.ts';
import { SeriesCollector } from '../../../src/series/collect.ts';
import { counted } from './counted.ts';
import { sourceOf } from './page.ts';

const collector = new SeriesCollector();
collector.addBlock('main', (workerData as { memory: SharedArrayBuffer }).memory);
const backend = counted(PrometheusBackend, { source: sourceOf(collector), host: '127.0.0.1', port: 0, endpoint: '/metrics' });
await backend.start();
parentPort!.postMessage(backend.port);
parentPort!.on('message', () => {}); // Keeps the thread alive: the server does not.
