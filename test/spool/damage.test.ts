/**
 * A spool whose files were damaged: no wrong record is ever sent, nothing crashes, and what is missing is counted.
 *
 * HFT_SPOOL_DAMAGES sets how many damages are tried; 10,000 take two minutes.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { recordsOf as recordsOfTally } from '../../src/health/tally.ts';
import { entryBytes, FIRST_ENTRY_OFFSET } from '../../src/spool/layout.ts';
import { drain, entryOf, Losses, openSpool, SCRATCH, temporaryFolder } from './support.ts';

const DAMAGES = Number(process.env.HFT_SPOOL_DAMAGES ?? 200);

type Files = ReadonlyMap<string, Buffer>;

interface Original {
  readonly files: Files;
  readonly records: number;
  /** Records below it were delivered. */
  readonly released: number;
}

const PARTS = [7, 0, 12, 30, 3, 18, 22, 9, 5, 27, 11, 2, 16, 8];

async function original(releasedBatches: number): Promise<Original> {
  const folder = mkdtempSync(join(SCRATCH, 'hft-otel-spool-'));
  try {
    const spool = await openSpool(folder, new Losses(), { segmentBytes: 2_000 });
    let records = 0;
    for (const count of PARTS) {
      await spool.append(entryOf(records, count, 10));
      records += count;
    }
    let released = 0;
    for (let i = 0; i < releasedBatches; i++) {
      const batch = (await spool.next(1))!;
      released += recordsOfTally(batch.counts);
      spool.release(batch);
    }
    await spool.settled();
    return { files: readFiles(folder), records, released };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readFiles(folder: string): Files {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

/** What comes out of damaged files: everything is delivered once and in order, or counted. `mayRepeat`: what had been delivered may come again. */
async function expectSound({ records, released }: Original, files: Files, mayRepeat: boolean): Promise<Losses> {
  const folder = mkdtempSync(join(SCRATCH, 'hft-otel-spool-'));
  try {
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const losses = new Losses();
    const spool = await openSpool(folder, losses, { segmentBytes: 2_000 });
    // What comes behind the damage is as good as ever.
    await spool.append(entryOf(records, 5));
    const delivered = await drain(spool, 300);
    expect(delivered).toEqual([...new Set(delivered)].sort((left, right) => left - right));
    expect(delivered.slice(-5)).toEqual([0, 1, 2, 3, 4].map((n) => records + n));
    expect(delivered.every((record) => record < records + 5)).toBe(true);
    const old = delivered.length - 5;
    if (mayRepeat) expect(old + losses.total).toBeGreaterThanOrEqual(records - released);
    else {
      expect(delivered[0]).toBeGreaterThanOrEqual(released);
      expect(old + losses.total).toBe(records - released);
    }
    expect(recordsOfTally(spool.waiting)).toBe(0);
    await spool.close();
    // Nothing is left that a further run would send.
    const after = await openSpool(folder, new Losses());
    expect(await drain(after)).toEqual([]);
    await after.close();
    return losses;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('damaged spools', () => {
  let originals: readonly Original[];
  beforeAll(async () => {
    originals = await Promise.all([original(0), original(1), original(5), original(PARTS.length - 1)]);
  });
  // By its index: an example that fails is to be readable.
  const anyOriginal = fc.nat({ max: 3 });
  const where = fc.record({ file: fc.nat(), at: fc.nat(), bit: fc.nat({ max: 7 }) });

  test('a flipped bit costs at most the entry it is in, or the segment whose head it is in twice', async () => {
    await fc.assert(
      fc.asyncProperty(anyOriginal, where, async (which, { file, at, bit }) => {
        const whole = originals[which];
        const files = new Map(whole.files);
        const [name, bytes] = [...files][file % files.size];
        const damaged = Buffer.from(bytes);
        damaged[at % damaged.length] ^= 1 << bit;
        files.set(name, damaged);
        const losses = await expectSound(whole, files, name === 'state');
        // One entry: a head is there twice.
        expect(losses.total).toBeLessThanOrEqual(Math.max(...PARTS));
      }),
      { numRuns: DAMAGES },
    );
  }, 300_000);

  test('many flipped bits, zeroed and overwritten stretches', async () => {
    const stretch = fc.record({
      file: fc.nat(),
      at: fc.nat(),
      length: fc.integer({ min: 1, max: 600 }),
      fill: fc.nat({ max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(anyOriginal, fc.array(stretch, { minLength: 1, maxLength: 6 }), async (which, stretches) => {
        const whole = originals[which];
        const files = new Map(whole.files);
        let isStateHit = false;
        for (const { file, at, length, fill } of stretches) {
          const [name, bytes] = [...files][file % files.size];
          const damaged = Buffer.from(bytes);
          const from = at % damaged.length;
          damaged.fill(fill, from, Math.min(damaged.length, from + length));
          files.set(name, damaged);
          isStateHit ||= name === 'state';
        }
        // With the state and the last segment both hit nobody knows how many there were.
        if (isStateHit) await expectNothingWrong(whole, files);
        else await expectSound(whole, files, false);
      }),
      { numRuns: DAMAGES / 4 },
    );
  }, 300_000);

  test('files that are cut off, at any byte', async () => {
    await fc.assert(
      fc.asyncProperty(anyOriginal, where, async (which, { file, at }) => {
        const whole = originals[which];
        const files = new Map(whole.files);
        const [name, bytes] = [...files][file % files.size];
        files.set(name, bytes.subarray(0, at % bytes.length));
        await expectSound(whole, files, name === 'state');
      }),
      { numRuns: DAMAGES / 2 },
    );
  }, 300_000);

  test('files that are gone, the state among them', async () => {
    await fc.assert(
      fc.asyncProperty(anyOriginal, fc.nat(), async (which, file) => {
        const whole = originals[which];
        const files = new Map(whole.files);
        const name = [...files.keys()][file % files.size];
        files.delete(name);
        await expectSound(whole, files, name === 'state');
      }),
      { numRuns: DAMAGES / 10 },
    );
  }, 300_000);

  test('segments that have changed places, and copies of segments: nothing is lost, nothing comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(anyOriginal, fc.nat(), fc.nat(), fc.boolean(), async (which, first, second, isCopy) => {
        const whole = originals[which];
        const names = [...whole.files.keys()].filter((name) => name !== 'state');
        const [one, other] = [names[first % names.length], names[second % names.length]];
        const files = new Map(whole.files);
        if (isCopy) files.set('000000000099.seg', files.get(one)!);
        else {
          files.set(one, whole.files.get(other)!);
          files.set(other, whole.files.get(one)!);
        }
        const losses = await expectSound(whole, files, false);
        expect(losses.total).toBe(0);
      }),
      { numRuns: DAMAGES / 10 },
    );
  }, 300_000);

  test('a segment of another spool is not sent', async () => {
    const [whole] = originals;
    const files = new Map(whole.files);
    const foreign = await original(0);
    files.set('000000000050.seg', foreign.files.get('000000000003.seg')!);
    const losses = await expectSound(whole, files, false);
    expect(losses.total).toBe(0);
    expect(losses.warnings.join()).toContain('belongs to another spool');
  });

  test('a text that looks like an entry is not taken for one, whatever is damaged in front of it', async () => {
    const folder = temporaryFolder();
    const spool = await openSpool(folder);
    await spool.append(entryOf(0, 1));
    await spool.settled();
    const [segment] = [...readFiles(folder)].find(([name]) => name.endsWith('.seg'))!;
    // A whole segment as the text of a record: the attacker has read one, and not the key of the one in which the text will stand.
    const text = readFiles(folder).get(segment)!;
    const counts = new Int32Array(16);
    counts[0] = 1;
    const other = await openSpool(join(folder, 'other'));
    await other.append({ bytes: text, counts, firstNumber: 0 });
    await other.append(entryOf(1, 1));
    await other.close();
    const path = join(folder, 'other', '000000000001.seg');
    const damaged = readFileSync(path);
    damaged[FIRST_ENTRY_OFFSET + 20] ^= 1;
    writeFileSync(path, damaged);
    const losses = new Losses();
    const again = await openSpool(join(folder, 'other'), losses);
    expect(await drain(again)).toEqual([1]);
    expect(losses.total).toBe(1);
    expect(entryBytes(text.length)).toBeGreaterThan(text.length);
    await again.close();
    await spool.close();
  });

  test('what could not be read is kept for people to look at, and no more than a few files of it', async () => {
    const folder = temporaryFolder();
    for (let round = 0; round < 9; round++) {
      const spool = await openSpool(folder, new Losses(), { segmentBytes: 1_024 });
      await spool.append(entryOf(0, 10));
      await spool.append(entryOf(10, 10));
      await spool.close();
      const [name] = readdirSync(folder).filter((each) => each.endsWith('.seg'));
      const path = join(folder, name);
      const damaged = readFileSync(path);
      damaged[FIRST_ENTRY_OFFSET + 260] ^= 1;
      writeFileSync(path, damaged);
      const losses = new Losses();
      const again = await openSpool(folder, losses);
      expect(await drain(again)).toHaveLength(10);
      expect(losses.total).toBe(10);
      await again.close();
    }
    const names = readdirSync(folder);
    expect(names.filter((name) => name.endsWith('.seg'))).toEqual([]);
    expect(names.filter((name) => name.endsWith('.damaged')).length).toBeGreaterThan(0);
    expect(names.filter((name) => name.endsWith('.damaged')).length).toBeLessThanOrEqual(4);
  });

  test('a folder in place of a segment, and in place of the state', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '000000000001.seg'), { recursive: true });
    mkdirSync(join(folder, 'state'));
    const losses = new Losses();
    const spool = await openSpool(folder, losses);
    await spool.append(entryOf(0, 3));
    expect(await drain(spool)).toEqual([0, 1, 2]);
    expect(losses.warnings.length).toBeGreaterThan(0);
    await spool.close();
  });
});

/** Where nobody can tell how many there were. */
async function expectNothingWrong({ records }: Original, files: Files): Promise<void> {
  const folder = mkdtempSync(join(SCRATCH, 'hft-otel-spool-'));
  try {
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const losses = new Losses();
    const spool = await openSpool(folder, losses);
    const delivered = await drain(spool, 300);
    expect(delivered).toEqual([...new Set(delivered)].sort((left, right) => left - right));
    expect(delivered.every((record) => record < records)).toBe(true);
    expect(delivered.length + losses.total).toBeLessThanOrEqual(records);
    await spool.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
