/**
 * The exchange's REST side: orders in, answers out, over a real HTTP server. The protocol stands in `wire.ts`.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { OrderRequest, Venue } from './market.ts';
import type { MatchingEngine } from './matching-engine.ts';
import type { Mischief } from './mischief.ts';
import { type Credentials, isSignedBy } from './wire.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const NOT_FOUND: Answer = { status: 404, body: { error: 'no such endpoint' } };

export function restApi(
  engines: ReadonlyMap<string, MatchingEngine>,
  credentials: Credentials,
  mischief: Mischief,
): RequestListener {
  return (request, response) => {
    answer(request, engines, credentials, mischief).then(
      (result) => send(response, result),
      // A request that breaks off or is not JSON is the client's fault; the exchange goes on.
      (error: unknown) => send(response, { status: 400, body: { error: String(error) } }),
    );
  };
}

async function answer(
  request: IncomingMessage,
  engines: ReadonlyMap<string, MatchingEngine>,
  credentials: Credentials,
  mischief: Mischief,
): Promise<Answer> {
  const path = request.url ?? '/';
  const [venue, api, version, endpoint, id] = path.split('/').slice(1) as [Venue, ...string[]];
  const engine = engines.get(venue);
  if (engine === undefined || api !== 'api' || version !== 'v3') return NOT_FOUND;

  if (request.method === 'GET' && endpoint === 'ticker') {
    const book = engine.book(id);
    return book === undefined ? NOT_FOUND : { status: 200, body: book.ticker() };
  }
  if (endpoint !== 'order') return NOT_FOUND;

  const body = await text(request);
  const { 'x-api-key': apiKey, 'x-signature': signature = '' } = request.headers;
  const signed = isSignedBy(credentials.apiSecret, `${request.method}${path}${body}`, String(signature));
  if (apiKey !== credentials.apiKey || !signed) return { status: 401, body: { error: 'bad key or signature' } };

  if (request.method === 'POST') return placeOrder(engine, JSON.parse(body) as OrderRequest, mischief);
  if (request.method === 'DELETE') return { status: 200, body: engine.cancel(decodeURIComponent(id)) };
  return NOT_FOUND;
}

async function placeOrder(engine: MatchingEngine, order: OrderRequest, mischief: Mischief): Promise<Answer> {
  const refusal = mischief.refusal();
  if (refusal !== undefined) return { status: refusal === 'rate_limited' ? 429 : 503, body: { error: refusal } };
  const result = engine.place(order);
  if (result.status !== 'rejected') await mischief.stall();
  return { status: result.status === 'rejected' ? 400 : 200, body: result };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
