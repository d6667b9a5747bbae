/** Instrumentation that NODE_OPTIONS brings into the delivering thread makes no spans of our requests, as it makes none of those of OpenTelemetry's own exporters. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed, suppressTracing } from '@opentelemetry/core';
import { afterEach, expect, test } from 'vitest';
import { untraced } from '../../src/common/untraced.ts';
import { runProgram } from '../support/child.ts';

const programs = join(import.meta.dirname, 'programs');
afterEach(() => context.disable());

test('a context is marked as OpenTelemetry marks it, also behind an await', async () => {
  expect(untraced(() => 1)).toBe(1);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  expect(isTracingSuppressed(suppressTracing(ROOT_CONTEXT))).toBe(true);
  const seen = await untraced(async () => {
    const now = isTracingSuppressed(context.active());
    await null;
    return [now, isTracingSuppressed(context.active())];
  });
  expect(seen).toEqual([true, true]);
  expect(isTracingSuppressed(context.active())).toBe(false);
});

test('no request of a delivery becomes a span; one of the application does', async () => {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await runProgram(join(programs, 'delivers.ts'), [address], {
    timeoutMillis: 60_000,
    env: {
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require "${join(programs, 'instrumentation.cjs')}"`,
      OTEL_TRACES_EXPORTER: 'none',
    },
  });
  server.close();
  expect(code, stderr).toBe(0);
  const told = stderr.split('\n');
  expect(told.filter((line) => line.startsWith('instrumented')).sort()).toEqual(['instrumented 0', 'instrumented 1']);
  expect(told.filter((line) => line.startsWith('client'))).toEqual([`client 0 GET ${address}/of-the-application`]);
  expect([...new Set(paths)].sort()).toEqual([
    'GET /of-the-application',
    'POST /of-a-module',
    'POST /v1/logs',
    'POST /v1/metrics',
    expect.stringMatching(/^PUT \/metrics\/job\//),
  ]);
});
