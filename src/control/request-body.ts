/**
 * The body of a request, if it is no longer than requests of ours are.
 */
import type { IncomingMessage } from 'node:http';

/** A change of levels has a hundred. */
export const MAX_BODY_BYTES = 4_096;

/** Undefined when it is too long. */
export async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What is too long is read on, and thrown away: a connection that is broken off loses the answer.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString();
}
