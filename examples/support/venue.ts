/** Simulates an exchange, so that the examples run anywhere: orders over HTTP, ticks over a WebSocket. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

export interface Venue extends AsyncDisposable {
  readonly url: string;
  readonly feed: string;
}

export async function startVenue(): Promise<Venue> {
  let orders = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { qty = 1 } = (body === '' ? {} : JSON.parse(body)) as { qty?: number };
    response.setHeader('content-type', 'application/json');
    if (qty <= 0) response.writeHead(400).end('{"error":"bad quantity"}');
    else response.end(JSON.stringify({ orderId: `X${++orders}`, symbol: 'BTCUSDT', bid: 64_000, ask: 64_001 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    const tick = setInterval(() => socket.send(JSON.stringify({ symbol: 'BTCUSDT', bid: 64_000, sentAt: Date.now() })), 5);
    // A feed that runs on: each connection is cut once, as exchanges do.
    setTimeout(() => socket.close(), 60).unref();
    socket.on('close', () => clearInterval(tick));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    feed: `ws://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
    },
  };
}
