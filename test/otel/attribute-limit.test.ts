import { expect, onTestFinished, test } from 'vitest';
import { openPipeline } from './support.ts';

test('OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT holds for every way into the ring, and the number left out arrives in the field that OpenTelemetry has for it', async () => {
  process.env.OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT = '3';
  onTestFinished(() => {
    delete process.env.OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT;
  });
  const { logging, delivered } = await openPipeline();
  const log = logging.getLogger('limited');
  const child = log.withContext({ x: 1 });
  const otel = logging.loggerProvider.getLogger('library');
  const attributes = { a: 1, b: 2, c: 3, d: 4 };
  // Often enough for writers to be generated.
  for (let i = 0; i < 50; i++) log.info('of the facade', attributes);
  child.info('of a child', attributes);
  log.info('few', { a: 1 });
  otel.emit({ severityNumber: 9, body: 'of the API', attributes });
  otel.emit({ severityNumber: 10, body: 'of the API, with a severity of its own', attributes });
  const { lines, records } = await delivered();
  const told = records.map(({ body, attributes: { tags: _tags, ...kept }, droppedAttributesCount }) => [
    body,
    Object.keys(kept).join(),
    droppedAttributesCount,
  ]);
  const expected = [
    ...Array.from({ length: 50 }, () => ['of the facade', 'component,a,b', 2]),
    ['few', 'component,a', 0],
    ['of a child', 'component,x,a', 3],
    ['of the API', 'a,b,c', 1],
    ['of the API, with a severity of its own', 'a,b,c', 1],
  ];
  expect(told.sort()).toEqual(expected.sort());
  expect(lines.map(({ msg, '…': left }) => `${msg}: ${left}`).sort()).toEqual(
    expected.map(([body, , dropped]) => `${body}: ${dropped === 0 ? undefined : `[+${dropped} fields]`}`).sort(),
  );
});
