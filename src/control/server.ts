/**
 * The control socket of a process, served by its worker.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { errorText } from '../common/error-text.ts';
import { bodyTooLarge, methodNotAllowed, type Refusal } from '../common/http/refusal.ts';
import { bodyOf } from '../common/http/request-body.ts';
import { BadRequest, type LevelControl } from './level-control.ts';
import { type ControlStatus, LEVELS_PATH, MAX_BODY_BYTES, PAGE_PATH, type PageAnswer, STATUS_PATH } from './protocol.ts';
import { isListening, openControlDirectory, SOCKET_MODE, socketPath, socketsIn } from './sockets.ts';

/** Operators are few. Further connections are closed at once, so that the answers that wait for slow readers are bounded: an answer has some 100 KB. */
const MAX_CONNECTIONS = 64;
/** Time of a connection to ask, and to take the answer. */
const IDLE_MILLIS = 5_000;
const MAX_HEADER_BYTES = 4_096;
/** Instances in one process. */
const MAX_NUMBER = 100;

export interface ControlParts {
  readonly directory: string;
  readonly service: string;
  readonly status: () => ControlStatus;
  readonly levels: LevelControl;
  readonly page: PageControl;
}

/** The live page: opened when it is asked for, if it is not open already. */
export interface PageControl {
  /** Rejects with a message for the user. */
  open(): Promise<PageAnswer>;
  close(): PageAnswer;
}

export class ControlServer {
  readonly #server: Server;
  readonly path: string;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.path = path;
  }

  /** Rejects when the directory or the socket cannot be made. */
  static async open(parts: ControlParts): Promise<ControlServer> {
    openControlDirectory(parts.directory);
    await removeDead(parts.directory);
    for (let number = 1; number <= MAX_NUMBER; number++) {
      const path = socketPath(parts.directory, parts.service, process.pid, number);
      const server = await listen(path, parts);
      if (server !== undefined) return new ControlServer(server, path);
    }
    throw new Error(`${MAX_NUMBER} instances of this process have one already.`);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.path, { force: true });
  }
}

/** Sockets without a listener: their processes have died. */
async function removeDead(directory: string): Promise<void> {
  const sockets = socketsIn(directory);
  await Promise.all(sockets.map(async ({ path }) => ((await isListening(path)) ? undefined : rmSync(path, { force: true }))));
}

/**
 * Undefined when another instance listens there. The socket gets its name when it is listened to: whoever finds the name before would take its process for dead,
 * and remove it.
 */
async function listen(path: string, parts: ControlParts): Promise<Server | undefined> {
  const unnamed = join(dirname(path), `.${randomBytes(6).toString('hex')}`);
  const options = {
    requestTimeout: IDLE_MILLIS,
    headersTimeout: IDLE_MILLIS,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server = createServer(options, (request, response) => void answer(request, response, parts));
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_MILLIS);
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: unnamed }, resolve);
  });
  server.on('error', () => {}); // of accepting a connection: too many open files, for example
  try {
    // The directory has kept others out meanwhile.
    chmodSync(unnamed, SOCKET_MODE);
    linkSync(unnamed, path);
    return server;
  } catch (error) {
    server.close();
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(unnamed, { force: true });
  }
}

type Reply = Refusal | { readonly status: number; readonly value: unknown };

async function answer(request: IncomingMessage, response: ServerResponse, parts: ControlParts): Promise<void> {
  try {
    const body = await bodyOf(request, MAX_BODY_BYTES);
    send(response, body === undefined ? bodyTooLarge(MAX_BODY_BYTES) : await replyTo(request, body, parts));
  } catch (error) {
    if (response.headersSent || response.destroyed) return;
    const isTheirs = error instanceof BadRequest || error instanceof SyntaxError;
    send(response, { status: isTheirs ? 400 : 500, error: errorText(error) });
  }
}

function send(response: ServerResponse, reply: Reply): void {
  const text = `${JSON.stringify('error' in reply ? { error: reply.error } : reply.value)}\n`;
  if ('allow' in reply && reply.allow !== undefined) response.setHeader('allow', reply.allow);
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(text);
}

async function replyTo(
  { method, url = '' }: IncomingMessage,
  body: string,
  { status, levels, page }: ControlParts,
): Promise<Reply> {
  const [pathname, query = ''] = url.split('?', 2);
  if (pathname === STATUS_PATH) return method === 'GET' ? { status: 200, value: status() } : methodNotAllowed('GET');
  if (pathname === PAGE_PATH) {
    if (method === 'POST') return { status: 200, value: await page.open() };
    return method === 'DELETE' ? { status: 200, value: page.close() } : methodNotAllowed('POST, DELETE');
  }
  if (pathname !== LEVELS_PATH) return { status: 404, error: `There are ${STATUS_PATH}, ${LEVELS_PATH} and ${PAGE_PATH}.` };
  switch (method) {
    case 'GET':
      return { status: 200, value: levels.answer };
    case 'POST':
      return { status: 200, value: levels.set(JSON.parse(body)) };
    case 'DELETE':
      return { status: 200, value: levels.reset(new URLSearchParams(query).get('pattern') ?? undefined) };
    default:
      return methodNotAllowed('GET, POST, DELETE');
  }
}
