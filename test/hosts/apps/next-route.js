import { configureLogging, getLogger } from 'hft-otel';

let logging;
export const dynamic = 'force-dynamic';

export async function GET() {
  logging ??= configureLogging({
    service: { name: 'next' },
    diagnosticLevel: 'none',
    backends: { file: { path: `${process.env.OUT}/app.jsonl`, level: 'info' } },
  });
  getLogger('route').info('asked', { n: 1 });
  const failed = await logging.ready.catch(({ code, message }) => ({ code, message }));
  const { complete } = await logging.flush({ timeoutMillis: 4_000 });
  return Response.json({ complete, ...failed });
}
