/**
 * `hft-otel audit check-proof`: whether a proof shows what it says.
 */

import { timeOf } from '../../audit/run-tree/lines.ts';
import { formatNote } from '../../audit/tree/note.ts';
import { isProven, parseProof } from '../../audit/verify/inclusion.ts';
import { isAfter, KeyRing } from '../../audit/verify/key-ring.ts';
import { WitnessRing } from '../../audit/verify/witness-ring.ts';
import { majorityOf } from '../../common/majority.ts';
import { type Command, UsageError } from '../command.ts';
import { paintFor } from '../paint.ts';
import { KEY_OPTION, keysOf, textAt, WITNESS_OPTIONS, witnessesOf } from './trail-options.ts';

const EXIT_FALSE = 1;

const SIGNED = {
  good: 'signed by a key that was given',
  unchecked: 'its signature was not checked: give --key FILE.vkey',
  bad: 'its signature is wrong',
  foreign: 'signed by a key that was not given',
  retired: 'signed by a key that had given way to another by then',
  unsigned: 'not signed',
} as const;

export const checkProofCommand: Command = {
  name: 'audit check-proof',
  summary: 'check a proof of one audit event; needs only the proof and a key',
  operands: { placeholder: 'FILE', help: 'proof written by hft-otel audit prove', least: 1, most: 1 },
  options: { ...KEY_OPTION, ...WITNESS_OPTIONS, json: { type: 'boolean', help: 'print the result as JSON' } },
  exitCodes: {
    0: 'the event is in the trail that the checkpoint covers',
    1: 'the event is not in it, or the checkpoint is not signed by a given key, or not cosigned by enough witnesses',
  },
  notes: [],
  async run(values, [path = '']) {
    let ring: KeyRing;
    let witnesses: WitnessRing;
    const asked = witnessesOf(values);
    try {
      ring = new KeyRing(keysOf(values));
      witnesses = new WitnessRing(asked.witnesses ?? []);
    } catch (error) {
      if (error instanceof SyntaxError) throw new UsageError(`--key, --witness: ${error.message}.`);
      throw error;
    }
    const result = check(textAt(path), ring, witnesses, asked.quorum ?? majorityOf(witnesses.names.length));
    if (values.json) console.log(JSON.stringify(result, null, 2));
    else
      console.log(
        `${paintFor(process.stdout)(result.ok ? 'green' : 'red', result.says)}${result.line === undefined ? '' : `\n${result.line}`}`,
      );
    return result.ok ? 0 : EXIT_FALSE;
  },
};

function check(
  text: string,
  ring: KeyRing,
  witnesses: WitnessRing,
  quorum: number,
): { readonly ok: boolean; readonly says: string; readonly line?: string; readonly checkpoint?: string } {
  let proof: ReturnType<typeof parseProof>;
  try {
    proof = parseProof(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, says: `This is no proof: ${error.message}.` };
  }
  const { note, checkpoint, line, index } = proof;
  const retiredAt = ring.retiredAt(note);
  const isYounger = retiredAt !== undefined && isAfter(timeOf(line), retiredAt);
  const trust = isYounger ? 'retired' : ring.judge(note, checkpoint.time);
  const isIn = isProven(proof);
  const isBelieved = trust === 'good' || (ring.isEmpty && trust !== 'bad');
  const { by, bad } = witnesses.look(note);
  const wanted = witnesses.names.length;
  const isCosigned = wanted === 0 || (by.length >= quorum && bad === undefined);
  const cosigned = wanted === 0 ? '' : `, cosigned by ${by.length} of ${wanted} witnesses (${quorum} are asked for)`;
  const place = `leaf ${index} of ${checkpoint.size} in ${checkpoint.origin}, checkpoint of ${checkpoint.time}`;
  return {
    ok: isIn && isBelieved && isCosigned,
    says: `${isIn ? 'The line is' : 'The line is NOT'} ${place}, ${SIGNED[trust]}${cosigned}.`,
    line: line.toString(),
    checkpoint: formatNote(note),
  };
}
