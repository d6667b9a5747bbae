/**
 * A process that writes an audit trail, with the writer itself; its clock is moved by the test. What it would leave behind when it is killed is there at any time.
 */
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beginTree } from '../../src/audit/run-tree/begin.ts';
import { CHECKPOINTS_SUFFIX } from '../../src/audit/run-tree/checkpoint-file.ts';
import { parseRunCheckpoint } from '../../src/audit/run-tree/run-checkpoint.ts';
import { parseSigningKey, signingKeyText } from '../../src/audit/run-tree/signing-key.ts';
import { AuditTrail } from '../../src/audit/trail.ts';
import { cosignatureLine, formatVerifierKey, parseNote, type SignerKey, verifierOf } from '../../src/audit/tree/note.ts';
import type { VerifyReport } from '../../src/audit/verify/report.ts';
import { COSIGNATURES_SUFFIX } from '../../src/audit/witness/cosignatures-file.ts';
import { runSync } from '../../src/files/steps.ts';
import { VOID_EVENT } from '../../src/record.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { runMemory } from '../support/run-memory.ts';
import type { Key } from './clean-logs.ts';

export interface Clock {
  millis: number;
}

export type Kind = 'event' | 'log' | 'clock' | 'void' | 'mark';

export interface ProcessOptions {
  readonly directory: string;
  readonly key: Key;
  readonly run: string;
  readonly clock: Clock;
  readonly rotation?: 'none' | 'hourly' | 'daily';
  readonly onCheckpoint?: (note: string) => void;
}

/** A line as hft-otel writes it. `number`: of an event. */
export function lineOf(kind: Kind, run: string, unixMillis: number, number: number): string {
  const time = `{"time":"${new Date(unixMillis).toISOString().slice(0, -1)}456789Z"`;
  const of = `"run":"${run}"`;
  switch (kind) {
    case 'event':
      return `${time},"audit_seq":${number},"event":"placed",${of},"logger":"orders","qty":7,"seq":${number}}`;
    case 'void':
      return `${time},"audit_seq":${number},"event":"${VOID_EVENT}",${of},"logger":"hft-otel","reason":"killed","seq":${number}}`;
    case 'log':
      return `${time},"level":"info","logger":"orders",${of},"msg":"seen","n":7,"seq":3}`;
    case 'mark':
      return `${time},"level":"warning","logger":"hft-otel",${of},"msg":"3 records lost: ring full","lost":3,"seq":4}`;
    case 'clock':
      return `${time},"event":"hft.clock",${of},"why":"minute","source":"unknown","monotonic_ns":"1"}`;
  }
}

export function started({ directory, key, run, clock, rotation = 'daily', onCheckpoint }: ProcessOptions) {
  const target = { path: join(directory, 'audit.jsonl'), rotation, rotationClock: 'utc' } as const;
  const timers = { ...SYSTEM_TIMERS, now: () => clock.millis };
  const memory = runMemory();
  beginTree(memory, target, timers.now);
  const tree = { service: 'gateway', instance: run, start: '5f1c9a02', run, signingKey: key.path };
  const onWarning = () => {};
  const options = { target, memory, run, timers, onWarning };
  const open = () => {
    const trail = new AuditTrail({ ...options, tree, ...(onCheckpoint && { onCheckpoint }) });
    // A worker opens the file when it begins.
    runSync(trail.ready());
    return trail;
  };
  const caller = new AuditTrail(options);
  let worker = open();
  let n = 0;
  const next = (kind: Kind) => `${lineOf(kind, run, clock.millis, kind === 'event' || kind === 'void' ? ++n : 0)}\n`;
  return {
    run,
    clock,
    /** By the worker. */
    write: (kind: Kind = 'event') => void worker.writeSync(Buffer.from(next(kind))),
    /** Without the worker, which makes the checkpoints. */
    writeThrough: (kind: Kind = 'event') => void caller.addSync(Buffer.from(next(kind))),
    /** Lines that another process has found in this one's rings. */
    append: (lines: string) => void worker.writeSync(Buffer.from(lines)),
    tick: () => runSync(worker.tick()),
    replaceWorker: () => {
      worker = open();
    },
    end: () => worker.endSync(),
    /** Killed in the middle of a write: so many bytes of a line are there. Returns the whole line. */
    tear: (bytes: number) => {
      const line = next('event');
      caller.addSync(new Uint8Array(0));
      appendFileSync(caller.path, line.slice(0, Math.min(bytes, line.length - 1)));
      return line;
    },
    next,
    /** What a recovery does when everything of the killed run is on disk. */
    endRecovered: () => new AuditTrail({ ...options, tree }).endSync(),
  };
}

export type OneProcess = ReturnType<typeof started>;

/** One event each ten seconds, and the worker after each. */
export function live(process: OneProcess, events: number): void {
  for (let i = 0; i < events; i++, process.clock.millis += 10_000) {
    process.write();
    process.tick();
  }
}

export const faultsOf = ({ findings }: VerifyReport) =>
  findings.filter(({ severity }) => severity === 'fault').map(({ code }) => code);

export const codesOf = ({ findings }: VerifyReport) => findings.map(({ code }) => code);

/** The last lines of a file rewritten, and its last checkpoints removed. */
export function rewrite(
  file: string,
  notes: readonly string[],
  rewritten: (line: string, index: number) => string | undefined,
): void {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const after = lines.flatMap((line, index) => rewritten(line, index) ?? []);
  writeFileSync(file, after.map((line) => `${line}\n`).join(''), 'latin1');
  writeFileSync(file + CHECKPOINTS_SUFFIX, notes.map((note) => `\n${note}`).join(''));
}

export function makeWitnessKey(name: string): { readonly signer: SignerKey; readonly vkey: string; readonly text: string } {
  const pem = String(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const text = signingKeyText(name, pem, 'cosignature');
  const signer = parseSigningKey(text, 'cosignature');
  return { signer, vkey: formatVerifierKey(verifierOf(signer)), text };
}

/** Beside the audit files: the notes as a witness has cosigned them. */
export function cosign(directory: string, notes: readonly string[], witness: SignerKey): void {
  for (const note of notes) {
    const { text } = parseNote(note);
    const { file, size, time } = parseRunCheckpoint(text);
    if (size === 0) continue;
    const cosigned = note + cosignatureLine(text, witness, Math.floor(Date.parse(time) / 1_000));
    appendFileSync(join(directory, basename(file) + COSIGNATURES_SUFFIX), `\n${cosigned}`);
  }
}
