/**
 * Compares number formatting with the engine's over many doubles: `node test/encoders/digits-sweep.ts [doubles of each family]`. The test runs the
 * same families with fewer of each; the default of this script takes half a minute.
 */
import { NUMBER_BYTES, writeNumber } from '../../src/encoders/digits.ts';
import { doubleFamilies } from './doubles.ts';

const count = Number(process.argv[2] ?? 3_000_000);
const memory = Buffer.alloc(NUMBER_BYTES);
const view = new DataView(memory.buffer, memory.byteOffset, NUMBER_BYTES);
const families = doubleFamilies(Math.random);
let wrong = 0;
for (const [family, draw] of Object.entries(families)) {
  for (let i = 0; i < count; i++) {
    const value = draw();
    const text = memory.toString('latin1', 0, writeNumber(view, 0, value));
    if (text === String(value)) continue;
    wrong++;
    if (wrong <= 20) console.log(`${family}: ${text} in place of ${value}`);
  }
}
console.log(`${count * Object.keys(families).length} doubles of ${Object.keys(families).length} families, ${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
