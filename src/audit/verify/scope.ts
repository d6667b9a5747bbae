/** What all steps of a verification work on. */

import type { Findings } from './finding.ts';
import type { KeyRing } from './key-ring.ts';
import type { PlacedCheckpoint } from './run.ts';
import type { Runs } from './runs.ts';
import type { WitnessRing } from './witness-ring.ts';

export interface VerifyScope {
  readonly findings: Findings;
  readonly runs: Runs;
  readonly keys: KeyRing;
  readonly witnesses: WitnessRing;
  /** How many of the witnesses must have cosigned a line. */
  readonly quorum: number;
  /** As it was given: what is said of the trail as a whole is said there. */
  readonly firstFile: string;
  /** Whether an audit file of this name is among those that are verified. */
  readonly isGiven: (name: string) => boolean;
}

/** What a finding is about. */
export interface RunPlace {
  readonly file: string;
  readonly line: number;
  readonly run: string;
}

/** Where a checkpoint comes from, behind its place in a message. */
export const SOURCES: Readonly<Record<PlacedCheckpoint['source'], string>> = {
  beside: '',
  cosigned: ' that a witness has cosigned',
  foreign: ' of another host',
  next: ', which the next run names',
};
