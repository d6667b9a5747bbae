/** The file of requests that a server calls broken. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
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
