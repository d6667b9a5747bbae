/** A record at which an encoder throws: it alone is lost, counted and reported, wherever it stands among the others. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame } from '../../src/codec/decode.ts';
import type { Encoder } from '../../src/encoders/encoder.ts';
import type { FramesOfLane } from '../../src/read/frames-of-lane.ts';
import { type DestinationOptions, openDestination } from './opened-destination.ts';

/** Encodes what stands in front of a record named `bad`, writes half a line, and throws. Is not used again after that. */
function throwing(encoder: Encoder, source: FramesOfLane): Encoder {
  let isBroken = false;
  const isBad = (frame: number) => {
    const { body, eventName } = decodeFrame(source, frame, source.decodeContext());
    return body === 'bad' || eventName === 'bad';
  };
  return {
    encode(frames, from, to, output) {
      if (isBroken) throw new Error('An encoder that has thrown is used again.');
      for (let i = from; i < to; i++) {
        if (!isBad(frames[i])) continue;
        const next = encoder.encode(frames, from, i, output);
        if (next < i) return next;
        output.bytes.fill(0x7b, output.position, output.position + 20);
        output.position += 20;
        isBroken = true;
        throw new Error('the text of id 7 is missing');
      }
      return encoder.encode(frames, from, to, output);
    },
  };
}

function log({ log }: ReturnType<typeof openDestination>, isBad: readonly boolean[]): void {
  for (const [i, bad] of isBad.entries()) log[i % 3 === 0 ? 'error' : 'info'](bad ? 'bad' : 'good', { i });
}

const options: DestinationOptions = { around: throwing, slots: 64 };

test('a record that cannot be encoded is the only one that is lost, counted by level, and told of in marks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 300 }), async (isBad) => {
      const opened = openDestination([], options);
      log(opened, isBad);
      opened.deliver('logs');
      await opened.flush();
      // The marks of the losses go out behind them.
      await opened.flush();
      const { counters, lines, marks } = opened;
      const bad = isBad.flatMap((bad, i) => (bad ? [i] : []));
      const errors = bad.filter((i) => i % 3 === 0).length;
      const good = isBad.flatMap((bad, i) => (bad ? [] : [i]));
      expect(lines.filter(({ msg }) => msg === 'good').map(({ i }) => i)).toEqual(good);
      expect(counters.get('taken')).toBe(isBad.length);
      expect(counters.get('delivered')).toBe(good.length);
      expect(counters.read().dropped.failed ?? 0).toBe(bad.length);
      expect(counters.droppedByLane.logs?.error?.failed ?? 0).toBe(errors);
      expect(counters.droppedByLane.logs?.info?.failed ?? 0).toBe(bad.length - errors);
      expect(marks().filter(({ reason }) => reason !== 'failed')).toEqual([]);
      expect(marks().reduce((sum, { lost }) => sum + Number(lost), 0)).toBe(bad.length);
    }),
    { numRuns: 30 },
  );
});

test('a record that cannot be encoded makes the backend degraded, and says why', () => {
  const opened = openDestination([], options);
  log(opened, [false, true, false]);
  opened.deliver('logs');
  expect(opened.counters.read()).toMatchObject({
    state: 'degraded',
    lastError: 'A record could not be encoded: the text of id 7 is missing',
  });
});

test('an audit event that cannot be encoded is counted too, and those around it are delivered', async () => {
  const opened = openDestination([], options);
  for (let i = 0; i < 5; i++) opened.log.audit(i === 2 ? 'bad' : 'good', { i });
  opened.deliver('audit');
  await opened.flush();
  expect(opened.lines.filter(({ event }) => event === 'good').map(({ i }) => i)).toEqual([0, 1, 3, 4]);
  expect(opened.counters.droppedByLane.audit).toMatchObject({ info: { failed: 1 } });
});
