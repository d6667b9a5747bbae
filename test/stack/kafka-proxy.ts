// Stands between a gateway and its broker, and makes the moment that a broker's end makes by chance: a batch is written, and its producer is told that the
// broker does not lead the partition.

import net, { type AddressInfo, type Socket } from 'node:net';

const PRODUCE = 0;
const NOT_LEADER_OR_FOLLOWER = 6;
/** From this version on topics have ids in place of names. */
const FIRST_WITH_IDS = 13;
/** From this version on responses have tagged fields and compact lengths. */
const FIRST_FLEXIBLE = 9;

/** Passes everything on to the broker's port until it is told otherwise. The broker must advertise the proxy's. */
export async function startKafkaProxy(brokerPort: number) {
  const sockets = new Set<Socket>();
  let onDenied: (() => void) | undefined;
  const server = net.createServer((client) => {
    const broker = net.connect(brokerPort, '127.0.0.1');
    const produceVersions = new Map<number, number>();
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    onFrame(client, (frame) => {
      if (frame.readInt16BE(4) === PRODUCE) produceVersions.set(frame.readInt32BE(8), frame.readInt16BE(6));
      broker.write(frame);
    });
    onFrame(broker, (frame) => {
      const version = produceVersions.get(frame.readInt32BE(4));
      produceVersions.delete(frame.readInt32BE(4));
      if (version === undefined || onDenied === undefined) {
        client.write(frame);
        return;
      }
      const denied = denial(frame, version);
      client.write(denied ?? frame, denied && onDenied);
    });
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const leave = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    /** The next batch that is written is denied, and nobody is there any more. */
    async denyOnceAndLeave(): Promise<void> {
      await new Promise<void>((resolve) => {
        onDenied = resolve;
      });
      onDenied = undefined;
      await leave();
    },
    comeBack: () => listen(port),
    close: leave,
  };
}

/** Kafka's messages begin with their length. */
function onFrame(socket: Socket, take: (frame: Buffer) => void): void {
  let buffer: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 4 && buffer.length >= 4 + buffer.readInt32BE(0)) {
      const end = 4 + buffer.readInt32BE(0);
      take(Buffer.from(buffer.subarray(0, end)));
      buffer = buffer.subarray(end);
    }
  });
}

/** An answer to a produce request, with the error of a broker that does not lead a partition for each that was written. Undefined if one was not. */
function denial(answer: Buffer, version: number): Buffer | undefined {
  if (version < FIRST_FLEXIBLE) throw new Error(`This proxy does not know version ${version} of produce requests.`);
  const frame = Buffer.from(answer);
  let at = 8;
  const length = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = frame[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const expectLength = (expected: number) => {
    if (length() !== expected) throw new Error('This proxy does not know such an answer.');
  };
  expectLength(0);
  for (let topics = length() - 1; topics > 0; topics--) {
    at += version < FIRST_WITH_IDS ? length() - 1 : 16;
    for (let partitions = length() - 1; partitions > 0; partitions--) {
      at += 4;
      if (frame.readInt16BE(at) !== 0) return undefined;
      frame.writeInt16BE(NOT_LEADER_OR_FOLLOWER, at);
      at += 2 + 8 + 8 + 8;
      expectLength(1); // No errors of records,
      expectLength(0); // no message,
      expectLength(0); // no tagged fields.
    }
    expectLength(0);
  }
  return frame;
}
