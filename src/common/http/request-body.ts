/**
 * The body of a request, if it is no longer than requests are meant to be.
 */
import type { IncomingMessage } from 'node:http';

/** Undefined when it has more than `mostBytes`. */
export async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What is too long is read on, and thrown away: a connection that is broken off loses the answer.
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes > mostBytes ? undefined : Buffer.concat(chunks).toString();
}
