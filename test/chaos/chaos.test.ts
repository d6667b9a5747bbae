/** A short chaos run: `npm run chaos -- --seed N --minutes M` is the long one. HFT_SEED repeats one. */
import { expect, test } from 'vitest';
import { SEED } from '../support/seed.ts';
import { chaos } from './chaos.ts';

const MILLIS = 8_000;

test(`after kills, stops, full disks and outages every call has arrived or is counted (HFT_SEED=${SEED})`, async () => {
  const { faults, called } = await chaos({ seed: SEED, millis: MILLIS });
  expect(faults).toEqual([]);
  expect(called.logs).toBeGreaterThan(0);
  expect(called.audits).toBeGreaterThan(0);
}, 300_000);
