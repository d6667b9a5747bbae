/**
 * A bound on connections that clients cannot use up: a new one takes the place of the one that has been idle for longest. Node's own `maxConnections` refuses
 * the new one instead: a client that opens many idle connections would keep the scraper out.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  readonly #max: number;
  /** In the order in which they became idle. */
  readonly #idle = new Set<Socket>();
  readonly #busy = new Map<Socket, number>();

  /** @param max connections at the same time; with all of them being answered, a new one is closed */
  constructor(server: Server, max: number) {
    this.#max = max;
    server.on('connection', (socket) => this.#admit(socket));
  }

  /** Marks a connection as being answered. Returns the function that ends that. */
  answer(socket: Socket): () => void {
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
    this.#idle.delete(socket);
    return () => {
      const left = (this.#busy.get(socket) ?? 1) - 1;
      if (left > 0) {
        this.#busy.set(socket, left);
        return;
      }
      this.#busy.delete(socket);
      if (!socket.destroyed) this.#idle.add(socket);
    };
  }

  #admit(socket: Socket): void {
    if (this.#idle.size + this.#busy.size >= this.#max) {
      const [longest] = this.#idle;
      if (longest === undefined) {
        socket.destroy();
        return;
      }
      this.#idle.delete(longest);
      longest.destroy();
    }
    this.#idle.add(socket);
    socket.on('close', () => {
      this.#idle.delete(socket);
      this.#busy.delete(socket);
    });
  }
}
