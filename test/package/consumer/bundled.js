// For a bundle into one file, which the worker's file is not part of.
import { configureLogging } from 'hft-otel';

const logging = configureLogging({
  diagnosticLevel: 'none',
  exitTimeoutMillis: 0,
  backends: { file: { path: 'bundled.jsonl' } },
});
logging.ready.then(
  () => console.log('ready'),
  ({ code, message }) => console.log(JSON.stringify({ code, remedy: message.endsWith('docs/hosts.md has the recipes.') })),
);
