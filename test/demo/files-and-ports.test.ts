/**
 * What the demo says about files is about this run only, and a port in use is noticed before it is needed.
 */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findCollector } from '../../src/demo/collector-endpoint.ts';
import { freePort, isListening } from '../../src/demo/ports.ts';
import { WrittenFiles } from '../../src/demo/written-files.ts';

describe('files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hft-demo-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('only what this run has added is counted, and other files are none of ours', async () => {
    const path = join(directory, 'demo.jsonl');
    await writeFile(path, '{"event":"old"}\n{}\n');
    await writeFile(join(directory, 'other.jsonl'), '');
    const files = await WrittenFiles.before(directory, 'demo');
    await appendFile(path, '{"event":"order_placed","run":"r"}\n{"event":"order_placed","run":"r"}\n{"msg":"x"}\n');
    await appendFile(join(directory, 'other.jsonl'), '{}\n');
    await writeFile(
      join(directory, 'demo-audit.jsonl'),
      '{"event":"order_filled","run":"r"}\n{"event":"order_filled","run":"other"}\n',
    );
    expect(await files.after('r')).toEqual([
      { path: join(directory, 'demo-audit.jsonl'), bytes: 74, lines: 2, events: { order_filled: 1 } },
      { path, bytes: 82, lines: 3, events: { order_placed: 2 } },
    ]);
  });

  test('what a full disk has left of a line is not counted, and ends no account', async () => {
    const files = await WrittenFiles.before(directory, 'demo');
    await writeFile(
      join(directory, 'demo.jsonl'),
      '{"event":"order_placed","run":"r"}\n{"event":"order_pl\n{"event":"order_filled","run":"r"}\n{"ev',
    );
    expect(await files.after('r')).toMatchObject([{ lines: 2, events: { order_placed: 1, order_filled: 1 } }]);
  });

  test('a directory that does not exist has nothing in it', async () => {
    const files = await WrittenFiles.before(join(directory, 'none'), 'demo');
    expect(await files.after('r')).toEqual([]);
  });
});

describe('ports', () => {
  test('a port in use is told from a free one, and another is found in its place', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await isListening(port)).toBe(true);
    const other = await freePort(port);
    expect(other).not.toBe(port);
    await new Promise((resolve) => server.close(resolve));
    expect(await isListening(port)).toBe(false);
    expect(await freePort(port)).toBe(port);
  });
});

describe('the collector', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  test('what was asked for beats the environment, and either beats looking around', async () => {
    expect(await findCollector('http://asked:1', env)).toEqual({ url: 'http://asked:1', why: '--otlp' });
    expect(await findCollector(undefined, env)).toMatchObject({ url: 'http://collector:4318' });
  });

  test('what was forbidden is not shipped, whatever the environment says', async () => {
    expect(await findCollector(false, env)).not.toHaveProperty('url');
  });
});
