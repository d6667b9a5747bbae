/**
 * `hft-otel audit prove`: one event's line, provable without the file it stands in.
 */
import { writeFileSync } from 'node:fs';
import { auditNumberOf } from '../../audit/run-tree/lines.ts';
import { formatNote, type Note, type Signature } from '../../audit/tree/note.ts';
import { checkpointsBeside, cosignaturesBeside, readNotes } from '../../audit/verify/checkpoints.ts';
import { formatProof, inclusionCollector } from '../../audit/verify/inclusion.ts';
import { verifyTrail } from '../../audit/verify/verify.ts';
import { numberOf, textOf } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { TRAIL_FILES, TRAIL_OPTIONS, trailFiles, verifyFiles } from './trail-options.ts';

const EXIT_UNPROVEN = 1;

export const proveCommand: Command = {
  name: 'audit prove',
  summary: 'write a self-contained proof of one audit event: line, path of hashes, signed checkpoint',
  operands: TRAIL_FILES,
  options: {
    seq: { type: 'string', short: 's', placeholder: 'N', help: 'audit_seq of the event' },
    run: { type: 'string', short: 'r', placeholder: 'RUN', help: 'run of the event, if the files hold several' },
    output: { type: 'string', short: 'o', placeholder: 'FILE', help: 'file for the proof. Default: standard output' },
    ...TRAIL_OPTIONS,
  },
  exitCodes: { 0: 'the proof was written', 1: 'the event is not in the files, or no valid checkpoint covers it' },
  notes: [
    'Give all files of the run, from its beginning. The proof has the format tlog-proof of C2SP; hft-otel audit check-proof checks it.',
  ],
  async run(values, files) {
    if (values.seq === undefined) throw new UsageError('--seq N is missing: the audit_seq of the event.');
    const seq = numberOf(values, 'seq', 0, { least: 1, most: Number.MAX_SAFE_INTEGER, whole: true });
    const wanted = textOf(values, 'run');
    const found: { run: string; index: number; line: Buffer }[] = [];
    const report = await verifyFiles(verifyTrail, values, files, {
      onLeaf: (run, index, line) => {
        if (auditNumberOf(line) === seq && (wanted === undefined || run === wanted) && !found.some((each) => each.run === run))
          found.push({ run, index, line: Buffer.from(line) });
      },
    });
    const [event, other] = found;
    if (event === undefined)
      return refused(`No event ${seq}${wanted === undefined ? '' : ` of run ${wanted}`} stands in these files.`);
    if (other !== undefined)
      throw new UsageError(`Several runs have an event ${seq}: ${found.map(({ run }) => run).join(', ')}. Choose with --run.`);
    const run = report.runs.find((each) => each.run === event.run);
    if (run === undefined || run.proven <= event.index)
      return refused(
        `No good checkpoint covers event ${seq}: it stands behind the last one, or the trail has a fault (hft-otel audit verify).`,
      );
    if (run.before > 0)
      return refused(`The run begins in a file that was not given: its first ${run.before} lines are needed too.`);
    const note = await noteCovering(trailFiles(files), event.run, event.index, run.proven);
    if (note === undefined) return refused('The checkpoint that covers it stands in no file beside these.');
    const collector = inclusionCollector(event.index, note.size);
    await verifyFiles(verifyTrail, { ...values, quiet: true }, files, {
      onLeaf: (name, index, _line, hash) => {
        if (name === event.run && index < note.size) collector.add(index, hash);
      },
    });
    const proof = formatProof({ ...event, hashes: collector.hashes }, note.text);
    const output = textOf(values, 'output');
    if (output === undefined) process.stdout.write(proof);
    else writeFileSync(output, proof);
    return 0;
  },
};

/**
 * The first checkpoint that covers the leaf, up to the size that is proven; one that witnesses have cosigned before one that none has. With all cosignatures that it has.
 */
async function noteCovering(files: readonly string[], run: string, index: number, proven: number) {
  let best: { size: number; isCosigned: boolean; note: Note } | undefined;
  for (const file of files) {
    for (const path of [checkpointsBeside(file), cosignaturesBeside(file)]) {
      if (path === undefined) continue;
      const isCosigned = path !== checkpointsBeside(file);
      for await (const { note, checkpoint } of readNotes(path, () => {})) {
        if (checkpoint?.run !== run || checkpoint.size <= index || checkpoint.size > proven) continue;
        const { size } = checkpoint;
        if (best?.note.text === note.text)
          best = { size, isCosigned: isCosigned || best.isCosigned, note: withAll(best.note, note) };
        else if (
          best === undefined ||
          Number(isCosigned) > Number(best.isCosigned) ||
          (isCosigned === best.isCosigned && size < best.size)
        )
          best = { size, isCosigned, note };
      }
    }
  }
  return best && { size: best.size, text: formatNote(best.note) };
}

/** The note with the signatures of both, each once. */
function withAll({ text, signatures }: Note, other: Note): Note {
  const isNew = (each: Signature) => !signatures.some(({ name, id }) => name === each.name && id.equals(each.id));
  return { text, signatures: [...signatures, ...other.signatures.filter(isNew)] };
}

function refused(reason: string): number {
  console.error(reason);
  return EXIT_UNPROVEN;
}
