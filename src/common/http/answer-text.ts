/**
 * The beginning of an answer's body. A wrong address may be one that sends without end, and the worker's memory is bounded.
 */

/** At most the first `mostBytes`, give or take one chunk. The rest is not read, and the connection is closed then. */
export async function beginningOf(response: Response, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= mostBytes) break;
  }
  return Buffer.concat(chunks).toString();
}
