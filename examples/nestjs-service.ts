/**
 * A Nest service. Decorators are written as calls here, because Node only strips types. With the build of Nest, write them as usual.
 *
 *   PORT=3000 node examples/nestjs-service.ts       then: curl localhost:3000/orders; kill -TERM it
 */
import 'reflect-metadata';
import { Controller, Get, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { configureLogging, shutdownLogging } from 'hft-otel';
import { nestLogger } from 'hft-otel/nestjs';

class OrdersController {
  // The context becomes the logger's name, so `levels: { OrdersController: 'debug' }` works.
  readonly #logger = new Logger(OrdersController.name);

  find(): object {
    this.#logger.log('orders asked for');
    this.#logger.debug('not shown: its level is off');
    return { orders: [] };
  }

  fail(): never {
    throw new Error('no book');
  }
}
class AppModule {}

const get = (path: string, name: 'find' | 'fail') =>
  Get(path)(OrdersController.prototype, name, Object.getOwnPropertyDescriptor(OrdersController.prototype, name)!);
get('orders', 'find');
get('broken', 'fail');
Controller()(OrdersController);
Module({ controllers: [OrdersController] })(AppModule);

configureLogging({ service: { name: 'orders' }, level: 'info', backends: { console: {} } });

const app = await NestFactory.create(AppModule, { logger: nestLogger() });
await app.listen(Number(process.env.PORT ?? 3_000), '127.0.0.1');

process.once('SIGTERM', async () => {
  await app.close();
  await shutdownLogging();
});
