// One name for several addresses of this machine, as a cluster's DNS has for several gateways: gRPC asks it with `dns://127.0.0.1:<port>/<name>:<port>`.

import { createSocket } from 'node:dgram';

export interface NameServer {
  readonly port: number;
  close(): void;
}

const HEADER_BYTES = 12;
const RESPONSE = 0x8400; // An answer, from the authority itself.
const NO_SUCH_NAME = 3;
const TYPE_A = 1;
const CLASS_IN = 1;
const TTL_SECONDS = 1;

/** Answers IPv4 addresses for the names given, and "no such name" for all others. */
export function startNameServer(addresses: Readonly<Record<string, readonly string[]>>): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { address, port }) => {
    const answer = answerTo(query, addresses);
    if (answer !== undefined) socket.send(answer, port, address);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => resolve({ port: socket.address().port, close: () => socket.close() }));
  });
}

/** RFC 1035, §4.1: one question, its A records as answers. */
function answerTo(query: Buffer, addresses: Readonly<Record<string, readonly string[]>>): Buffer | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  while (at < query.length && query[at] !== 0) {
    const length = query[at]!;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const questionEnd = at + 5; // The root's empty label, type and class.
  if (questionEnd > query.length) return undefined;
  const found = addresses[labels.join('.').toLowerCase()];
  const records = query.readUInt16BE(at + 1) === TYPE_A ? (found ?? []) : [];
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(RESPONSE | (found === undefined ? NO_SUCH_NAME : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, questionEnd), ...records.map(aRecord)]);
}

function aRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0); // The name: the question's.
  record.writeUInt16BE(TYPE_A, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  record.set(address.split('.').map(Number), 12);
  return record;
}
