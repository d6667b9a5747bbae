/**
 * A witness over HTTP: `POST /add-checkpoint` as C2SP's `tlog-witness` has it, and `GET /checkpoints`, from which auditors take what was cosigned last of every tree.
 *
 * Any client that can reach it can ask; only checkpoints with a good signature are cosigned. For TLS put a proxy in front of it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorText } from '../../common/error-text.ts';
import { bodyOf } from '../../common/http/request-body.ts';
import { ADD_CHECKPOINT_PATH } from './request.ts';
import type { WitnessState } from './state.ts';
import type { Witness } from './witness.ts';

const CHECKPOINTS_PATH = '/checkpoints';

/** A checkpoint has some kilobytes, 63 hashes have three. */
const MAX_BODY_BYTES = 65_536;
const MAX_CONNECTIONS = 256;
const REQUEST_MILLIS = 10_000;
const KEEP_ALIVE_MILLIS = 30_000;

export interface WitnessServerOptions {
  readonly host: string;
  readonly port: number;
  readonly witness: Witness;
  readonly state: WitnessState;
  /** Its verifier key: what `GET /` answers. */
  readonly verifierKey: string;
  readonly onError: (message: string) => void;
}

/** Resolves when it listens; rejects with the system's error when it cannot. */
export async function serveWitness(options: WitnessServerOptions): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(
    { requestTimeout: REQUEST_MILLIS, headersTimeout: REQUEST_MILLIS, keepAliveTimeout: KEEP_ALIVE_MILLIS },
    (request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        options.onError(errorText(error));
        if (response.headersSent) response.destroy();
        else send(response, 500, 'text/plain; charset=utf-8', 'Nothing was cosigned: the witness could not keep its state.\n');
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => resolve());
  });
  server.on('error', (error) => options.onError(errorText(error)));
  const { address, family, port } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, server };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { witness, state, verifierKey }: WitnessServerOptions,
): Promise<void> {
  const { method, url = '' } = request;
  if (method === 'POST' && url.endsWith(ADD_CHECKPOINT_PATH)) {
    const body = await bodyOf(request, MAX_BODY_BYTES);
    if (body === undefined) return send(response, 413, 'text/plain; charset=utf-8', `More than ${MAX_BODY_BYTES} bytes.\n`);
    const { status, type, body: text } = await witness.add(body);
    return send(response, status, type, text);
  }
  if (method === 'GET' && url === CHECKPOINTS_PATH) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    for await (const note of state.all()) if (!response.write(note)) await drained(response);
    response.end();
    return;
  }
  if (method === 'GET' && url === '/') return send(response, 200, 'text/plain; charset=utf-8', `${verifierKey}\n`);
  send(response, 404, 'text/plain; charset=utf-8', `POST ${ADD_CHECKPOINT_PATH}, GET ${CHECKPOINTS_PATH}.\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Resolves too when the reader has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}
