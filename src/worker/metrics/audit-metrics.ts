/** What the audit trail's proof and the clock behind its times say of themselves, as metrics. */
import { type TreeState, TreeStore } from '../../audit/run-tree/state.ts';
import { WitnessBoard, type WitnessedState } from '../../audit/witness/board.ts';
import { ClockBoard } from '../../clock/clock-board.ts';
import type { ClockStatus } from '../../clock/clock-status.ts';
import { OWN_INSTRUMENTS } from '../../health/instruments.ts';
import type { WorkerStart } from '../../instance/wire.ts';
import { openBlock } from '../../memory/block.ts';
import { lastAuditSequence } from '../../memory/run.ts';
import type { Observation } from '../../series/collect.ts';
import { ageSeconds, type Observe } from './observe.ts';

export function observeAuditTrail(observe: Observe, start: WorkerStart): void {
  const run = openBlock(start.run);
  observe(OWN_INSTRUMENTS.auditSequence, () => [{ value: lastAuditSequence(run) }]);
  const tree = new TreeStore(run);
  const signed = start.config.backends.audit.signingKey === undefined ? 'no' : 'yes';
  // A tree without a leaf has no metrics.
  const ofTree = (read: (state: TreeState) => Observation): Observation[] => {
    const { state } = tree.load();
    return state.size === 0 ? [] : [read(state)];
  };
  observe(OWN_INSTRUMENTS.auditLines, () => ofTree(({ size }) => ({ value: size })));
  observe(OWN_INSTRUMENTS.auditCheckpointed, () => ofTree(({ checkpointed }) => ({ value: checkpointed, tags: { signed } })));
  observe(OWN_INSTRUMENTS.auditCheckpointAge, () =>
    // Before the first one there is no age. That there are lines without one, the two numbers say.
    ofTree(({ atMillis }) => ({ value: ageSeconds(atMillis) })).filter(() => tree.load().state.number > 0),
  );
  const { witnesses, witnessQuorum } = start.config.backends.audit;
  const board = new WitnessBoard(run);
  const byWitness = (read: (state: WitnessedState) => number | undefined): Observation[] =>
    witnesses.flatMap((witness, index) => {
      const value = read(board.read(index));
      return value === undefined ? [] : [{ value, tags: { witness: new URL(witness.split(' ')[0]!).host } }];
    });
  observe(OWN_INSTRUMENTS.auditCosigned, () => (tree.load().state.size === 0 ? [] : byWitness(({ lines }) => lines)));
  observe(OWN_INSTRUMENTS.auditCosignedAge, () =>
    byWitness(({ atMillis }) => (atMillis === 0 ? undefined : ageSeconds(atMillis))),
  );
  observe(OWN_INSTRUMENTS.auditCosignedByQuorum, () =>
    witnessQuorum === 0 ? [] : ofTree(() => ({ value: board.linesOf(witnesses.length, witnessQuorum) })),
  );
}

/** Nothing is observed before the clock was looked at. */
export function observeClock(observe: Observe, start: WorkerStart): void {
  const clockBoard = new ClockBoard(openBlock(start.run));
  const ofClock = (read: (status: ClockStatus) => number | undefined): Observation[] => {
    const status = clockBoard.read();
    const value = status && read(status);
    return value === undefined ? [] : [{ value, tags: { source: status!.source } }];
  };
  observe(OWN_INSTRUMENTS.clockOffset, () => ofClock(({ offsetMicros }) => offsetMicros && offsetMicros / 1e6));
  observe(OWN_INSTRUMENTS.clockMaxError, () => ofClock(({ maxErrorMicros }) => maxErrorMicros && maxErrorMicros / 1e6));
  observe(OWN_INSTRUMENTS.clockSynchronised, () => ofClock(({ isSynchronised }) => (isSynchronised === true ? 1 : 0)));
}
