/**
 * A Fastify service: request ids, its own fields, errors, and a separate logger of a component.
 *
 *   PORT=3000 node examples/fastify-service.ts      then: curl localhost:3000/orders/X1; kill -TERM it
 */
import Fastify from 'fastify';
import { configureLogging, getLogger, shutdownLogging } from 'hft-otel';
import { fastifyLogger } from 'hft-otel/fastify';

configureLogging({ service: { name: 'orders' }, backends: { console: {} } });

const app = Fastify({ loggerInstance: fastifyLogger(), requestIdHeader: 'x-request-id' });
const book = getLogger('order-book');

app.get<{ Params: { id: string } }>('/orders/:id', async (request) => {
  const { id } = request.params;
  // The record has the id of the request as `reqId`.
  request.log.info({ order: id }, 'order asked for');
  book.counter('orders_asked_total');
  if (id === 'unknown') throw new Error('no such order');
  return { id, state: 'open' };
});

await app.listen({ port: Number(process.env.PORT ?? 3_000), host: process.env.HOST ?? '127.0.0.1' });

process.once('SIGTERM', async () => {
  await app.close();
  await shutdownLogging();
});
