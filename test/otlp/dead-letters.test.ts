/** The file of requests that a server calls broken. */
import { chmodSync, existsSync, lchownSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepDeadLetter } from '../../src/backends/otlp/dead-letters.ts';
import { createLogging } from '../../src/index.ts';
import { NOBODY } from '../support/another-user.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

test('requests that the server calls broken are kept, however many there are; one warning for each lane says where', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'dead.jsonl');
  const server = closeAfterTest(await startOtlpServer());
  server.answerAlways({ kind: 'status', status: 400 });
  const logging = createLogging({
    handleExits: false,
    diagnosticLevel: 'none',
    backends: { otlp: { logsEndpoint: server.logsUrl, deadLetters: path } },
  });
  const logger = logging.getLogger('a');
  for (let requests = 1; requests <= 5; requests++) {
    for (let n = 0; n < requests; n++) logger.info('quote', { n });
    for (let n = 0; n < requests; n++) logger.audit('order', { n });
    await logging.flush();
  }
  await logging.shutdown();
  const { warnings, backends } = logging.health();
  expect(warnings.filter((warning) => warning.includes(path)).sort()).toEqual([
    expect.stringMatching(/^Audit events that the OTLP server calls broken are kept/),
    expect.stringMatching(/^Log records that the OTLP server calls broken are kept/),
  ]);
  const letters = jsonLinesIn(folder.path, 'dead') as unknown as { lane: string; records: number; message: string }[];
  expect(letters.reduce((sum, { records }) => sum + records, 0)).toBe(backends.otlp.droppedTotal);
  expect(backends.otlp.dropped).toEqual({ rejected: 30 });
  expect(letters.every(({ message }) => message.includes('HTTP 400'))).toBe(true);
});

const LETTER = { lane: 'logs', records: 1, message: 'HTTP 400', bytes: Uint8Array.of(1) } as const;

test('a request behind a line that was cut off stands on a line of its own', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'dead.jsonl');
  writeFileSync(path, '{"time":"2026');
  expect(keepDeadLetter(path, LETTER)).toMatch(/ are kept in /);
  const [first, second] = readFileSync(path, 'utf8').split('\n');
  expect([first, JSON.parse(second!)]).toEqual(['{"time":"2026', expect.objectContaining({ records: 1, request: 'AQ==' })]);
});

test.runIf(process.getuid?.() === 0)('a link that another user has made in a shared folder is not followed', () => {
  using folder = temporaryFolder();
  using target = temporaryFolder();
  const [path, leadsTo] = [join(folder.path, 'dead.jsonl'), join(target.path, 'taken')];
  chmodSync(folder.path, 0o777);
  symlinkSync(leadsTo, path);
  lchownSync(path, NOBODY, NOBODY);
  expect(keepDeadLetter(path, LETTER)).toMatch(/could not be kept: .*symbolic link of user 65534.*remove the link/);
  expect(existsSync(leadsTo)).toBe(false);
});
