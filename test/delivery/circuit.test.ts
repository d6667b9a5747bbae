/**
 * The circuit breaker: against a naive model of what was promised of it, over all orders of answers, refusals, silence and flushes.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Circuit,
  FIRST_OPEN_PAUSE_MILLIS,
  MAX_OPEN_PAUSE_MILLIS,
  OPEN_AFTER_MILLIS,
  REFUSALS_TO_OPEN,
} from '../../src/delivery/circuit.ts';

type Step =
  | { readonly kind: 'wait'; readonly millis: number }
  | { readonly kind: 'attempt' }
  | { readonly kind: 'answer' }
  | { readonly kind: 'refuse'; readonly askedMillis?: number }
  | { readonly kind: 'hurry' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('wait' as const),
    millis: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 40_000 })),
  }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('attempt' as const) }) },
  fc.record({ kind: fc.constant('answer' as const) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('refuse' as const) }) },
  fc.record({ kind: fc.constant('refuse' as const), askedMillis: fc.integer({ min: 0, max: 60_000 }) }),
  fc.record({ kind: fc.constant('hurry' as const) }),
);

const setup = fc.record({
  goodProbes: fc.integer({ min: 1, max: 3 }),
  most: fc.integer({ min: 1, max: 4 }),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

/** Runs the steps; `attempt` happens where it is allowed, and only what is under way comes back. */
function run(
  steps: readonly Step[],
  { goodProbes, most, random }: { goodProbes: number; most: number; random: number },
  look: (circuit: Circuit, step: Step, seen: { now: number; underWay: number; before: string }) => void,
): { readonly circuit: Circuit; readonly now: number; readonly underWay: number } {
  const circuit = new Circuit({ goodProbes, random: () => random });
  let now = 1_000;
  let underWay = 0;
  for (const each of steps) {
    const before = circuit.state;
    if (each.kind === 'wait') {
      // As a breaker with a timer does it.
      const until = now + each.millis;
      for (let next = circuit.nextChange; next !== undefined && next <= until; next = circuit.nextChange) {
        now = Math.max(now, next);
        circuit.advance(now);
      }
      now = until;
      circuit.advance(now);
    } else if (each.kind === 'attempt') {
      if (underWay < circuit.allowed(most, now)) {
        underWay++;
        circuit.attempted(now);
      }
    } else if (each.kind === 'hurry') circuit.hurry(now);
    else if (underWay > 0) {
      underWay--;
      if (each.kind === 'answer') circuit.answered(now);
      else circuit.refused(now, each.askedMillis);
    } else continue;
    look(circuit, each, { now, underWay, before });
  }
  return { circuit, now, underWay };
}

describe('the circuit', () => {
  test('opens by refusals or silence only, closes by good probes only, and lets one probe through at a time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), setup, (steps, options) => {
        let probes = 0;
        run(steps, options, (circuit, each, { now, before }) => {
          if (before === 'closed' && circuit.state !== 'closed')
            expect(['refuse', 'wait', 'attempt', 'hurry']).toContain(each.kind);
          if (each.kind === 'answer') probes++;
          if (each.kind === 'refuse' || circuit.state === 'open') probes = 0;
          if (before !== 'closed' && circuit.state === 'closed') {
            expect(each.kind).toBe('answer');
            expect(probes).toBeGreaterThanOrEqual(options.goodProbes);
          }
          if (circuit.state !== 'closed') expect(circuit.allowed(options.most, now)).toBeLessThanOrEqual(1);
          if (circuit.state === 'open') expect(circuit.allowed(options.most, now)).toBe(0);
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test('is never stuck: from wherever it is, a destination that works again closes it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), setup, (steps, options) => {
        const { circuit, now: then, underWay } = run(steps, options, () => {});
        let now = then;
        for (let i = 0; i < underWay; i++) circuit.answered(now);
        for (
          let turn = 0;
          turn < 20 && !(circuit.state === 'closed' && circuit.allowed(options.most, now) === options.most);
          turn++
        ) {
          now = Math.max(now, circuit.nextChange ?? now);
          if (circuit.allowed(1, now) === 0) continue;
          circuit.attempted(now);
          circuit.answered(now);
        }
        expect(circuit.state).toBe('closed');
        expect(circuit.allowed(options.most, now)).toBe(options.most);
        expect(circuit.nextChange).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test('is open after three refusals in a row, and not after two', () => {
    const circuit = new Circuit({ random: () => 0 });
    let now = 0;
    for (let refusals = 1; refusals <= REFUSALS_TO_OPEN; refusals++) {
      now = Math.max(now, circuit.nextChange ?? now);
      expect(circuit.allowed(4, now)).toBeGreaterThan(0);
      circuit.attempted(now);
      circuit.refused(now, undefined);
      expect(circuit.state).toBe(refusals < REFUSALS_TO_OPEN ? 'closed' : 'open');
    }
    expect(now).toBeLessThan(FIRST_OPEN_PAUSE_MILLIS);
  });

  test('requests that were under way together and are refused together are one refusal', () => {
    const circuit = new Circuit();
    for (let i = 0; i < 4; i++) circuit.attempted(0);
    for (let i = 0; i < 4; i++) circuit.refused(10, undefined);
    expect(circuit.state).toBe('closed');
  });

  test('is open after five seconds in which nothing comes back', () => {
    const circuit = new Circuit();
    circuit.attempted(0);
    expect(circuit.nextChange).toBe(OPEN_AFTER_MILLIS);
    circuit.advance(OPEN_AFTER_MILLIS - 1);
    expect(circuit.state).toBe('closed');
    circuit.advance(OPEN_AFTER_MILLIS);
    expect(circuit.state).toBe('open');
    circuit.answered(OPEN_AFTER_MILLIS + 1);
    expect(circuit.state).toBe('closed');
  });

  test('one that answers slowly but steadily stays closed', () => {
    const circuit = new Circuit();
    circuit.attempted(0);
    for (let now = 0; now < 100_000; now += 4_000) {
      circuit.attempted(now);
      circuit.advance(now + 3_999);
      circuit.answered(now + 4_000);
      expect(circuit.state).toBe('closed');
    }
  });

  test('probes for ever, at pauses of 1 to 30 s with jitter', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
        const circuit = new Circuit({ random: () => random });
        let now = 0;
        let longest = 0;
        for (let i = 0; i < 60; i++) {
          const next = circuit.nextChange ?? now;
          if (circuit.state === 'open') {
            expect(next - now).toBeGreaterThanOrEqual(FIRST_OPEN_PAUSE_MILLIS / 2);
            expect(next - now).toBeLessThanOrEqual(MAX_OPEN_PAUSE_MILLIS);
            longest = Math.max(longest, next - now);
          }
          now = next;
          expect(circuit.allowed(4, now)).toBe(i === 0 ? 4 : 1);
          circuit.attempted(now);
          circuit.refused(now, undefined);
        }
        expect(longest).toBeGreaterThanOrEqual(MAX_OPEN_PAUSE_MILLIS / 2);
      }),
      { numRuns: 20 },
    );
  });

  test('a pause that the destination has asked for is kept, also by a flush; one of ours ends with it', () => {
    const circuit = new Circuit({ random: () => 0 });
    circuit.attempted(0);
    circuit.refused(0, 20_000);
    circuit.hurry(1);
    expect(circuit.allowed(4, 19_999)).toBe(0);
    expect(circuit.allowed(4, 20_000)).toBe(1);
    circuit.attempted(20_000);
    circuit.refused(20_000, undefined);
    expect(circuit.allowed(4, 20_001)).toBe(0);
    circuit.hurry(20_001);
    expect(circuit.allowed(4, 20_001)).toBe(1);
  });

  test('closes after as many good probes as asked for, and one that fails begins anew', () => {
    const circuit = new Circuit({ goodProbes: 3, random: () => 0 });
    let now = 0;
    const attempt = (isGood: boolean) => {
      now = Math.max(now, circuit.nextChange ?? now);
      expect(circuit.allowed(4, now)).toBeGreaterThan(0);
      circuit.attempted(now);
      if (isGood) circuit.answered(now);
      else circuit.refused(now, undefined);
      return circuit.state;
    };
    expect([false, false, false].map(attempt).at(-1)).toBe('open');
    expect([true, true, false].map(attempt)).toEqual(['half_open', 'half_open', 'open']);
    expect([true, true, true].map(attempt)).toEqual(['half_open', 'half_open', 'closed']);
  });
});
