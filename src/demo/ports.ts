/**
 * Checks ports of 127.0.0.1: whether a program listens, and whether one is free.
 */
import { type AddressInfo, connect, createServer } from 'node:net';

const HOST = '127.0.0.1';

/** Whether something accepts connections on the port. Takes at most `timeoutMillis`. */
export function isListening(port: number, timeoutMillis = 200): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: timeoutMillis });
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}

/** The wanted port if it is free, otherwise one that is. Another process may take it before it is used; that shows in `health()`. */
export async function freePort(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0))!;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      const { port: taken } = server.address() as AddressInfo;
      server.close(() => resolve(taken));
    });
  });
}
