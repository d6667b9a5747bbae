/**
 * Makes audit trails for tests: with the writer itself, rotations, callers that write through, other processes, workers that die, clocks that jump.
 */
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginTree } from '../../src/audit/run-tree/begin.ts';
import { CHECKPOINTS_SUFFIX, notesIn } from '../../src/audit/run-tree/checkpoint-file.ts';
import { parseSigningKey, signingKeyText } from '../../src/audit/run-tree/signing-key.ts';
import { AuditTrail } from '../../src/audit/trail.ts';
import { formatVerifierKey, verifierOf } from '../../src/audit/tree/note.ts';
import { jsonText } from '../../src/encoders/json/text.ts';
import { runSync } from '../../src/files/steps.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { pick, type Random } from '../support/random.ts';
import { runMemory } from '../support/run-memory.ts';

export interface Key {
  readonly path: string;
  readonly pem: string;
  readonly vkey: string;
}

export function makeKey(directory: string, name: string): Key {
  const text = signingKeyText(name, String(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })));
  const path = join(directory, `${name}.key`);
  writeFileSync(path, text, { mode: 0o600 });
  return { path, pem: text, vkey: formatVerifierKey(verifierOf(parseSigningKey(text))) };
}

export interface MadeTrail {
  readonly files: readonly string[];
  /** What a collector has got: all notes, as text. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

export interface MakeOptions {
  readonly directory: string;
  readonly random: Random;
  readonly key?: string;
  readonly runs?: number;
  readonly steps?: number;
  /** Every run ends in order. */
  readonly ends?: boolean;
}

let made = 0;

/** One process after another and beside each other, in the same files. */
export function makeTrail({
  directory,
  random,
  key,
  runs = 1 + pick(random, 3),
  steps = 25,
  ends = random() < 0.5,
}: MakeOptions): MadeTrail {
  // Half of them about the nights on which clocks change, in zones that have such nights (the test sets TZ).
  const night = [Date.UTC(2026, 9, 25), Date.UTC(2026, 2, 29), Date.UTC(2026, 10, 1)][pick(random, 3)]!;
  let now =
    random() < 0.5 ? night - 3 * 3_600_000 + pick(random, 6 * 3_600_000) : Date.UTC(2026, 10, 23, 12) + pick(random, 86_400_000);
  const notes: string[] = [];
  const warnings: string[] = [];
  const target = {
    path: join(directory, 'audit.jsonl'),
    rotation: random() < 0.5 ? ('daily' as const) : ('hourly' as const),
    rotationClock: random() < 0.5 ? ('utc' as const) : ('local' as const),
  };
  const timers = { ...SYSTEM_TIMERS, now: () => now };
  const start = () => {
    const run = `run-${++made}`;
    const memory = runMemory();
    beginTree(memory, target, timers.now);
    const tree = { service: 'gateway', instance: run, start: '5f1c9a02', run, signingKey: key };
    const onWarning = (text: string) => void warnings.push(text);
    const open = () =>
      new AuditTrail({ target, memory, run, tree, timers, onWarning, onCheckpoint: (note) => void notes.push(note) });
    let n = 0;
    const line = (): Buffer => {
      const event = `{"time":"${new Date(now).toISOString()}","audit_seq":${++n},"event":"order_placed","run":${jsonText(run)},"qty":${pick(random, 1e6)},"px":"${random()}"}\n`;
      const log = `{"time":"${new Date(now).toISOString()}","level":"info","logger":"x","run":${jsonText(run)},"msg":"seen","n":${pick(random, 1e6)}}\n`;
      return Buffer.from(random() < 0.1 ? event + log : event);
    };
    return { worker: open(), caller: new AuditTrail({ target, memory, run, timers, onWarning }), open, line };
  };
  const processes = [start()];
  for (let step = 0; step < steps * runs; step++) {
    const process = processes[pick(random, processes.length)]!;
    const dice = random();
    if (dice < 0.45) process.worker.writeSync(Buffer.concat(Array.from({ length: 1 + pick(random, 6) }, process.line)));
    else if (dice < 0.65) process.caller.addSync(process.line());
    else if (dice < 0.72) runSync(process.worker.flush());
    else if (dice < 0.8) {
      now += pick(random, 3_000);
      runSync(process.worker.tick());
    } else if (dice < 0.9) {
      now += dice < 0.87 ? pick(random, 30_000_000) : -pick(random, 4_000_000);
      // A worker looks at its trail many times a second: a process that lives on has a checkpoint of what was before.
      for (const { worker } of processes) runSync(worker.tick());
    } else if (dice < 0.95)
      process.worker = process.open(); // the worker has died
    else if (processes.length < runs) processes.push(start());
    else if (!ends && processes.length > 1) processes.splice(pick(random, processes.length), 1); // killed
  }
  for (const { worker } of processes) if (ends || random() < 0.7) worker.endSync();
  return { files: filesIn(directory), notes, warnings };
}

export function filesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(directory, name));
}

export function notesBeside(file: string): string[] {
  return notesIn(readFileSync(file + CHECKPOINTS_SUFFIX, 'utf8')).map(({ note }) => note);
}
