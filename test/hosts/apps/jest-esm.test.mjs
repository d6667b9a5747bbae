import { createTestLogging } from 'hft-otel/testing';

test('records are read back', () => {
  const logging = createTestLogging();
  logging.getLogger('a').info('hello', { n: 1 });
  expect(logging.records()[0].attributes.n).toBe(1);
});
