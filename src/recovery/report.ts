/**
 * Options and results of a recovery.
 */

/** The runs that a worker recovers. */
export interface RecoveryScope {
  readonly directory: string;
  /** As in the tables of runs (memory/mapped/run-table.ts); undefined: of any service. */
  readonly service: string | undefined;
  /** A run with records that would be lost stays as it is: those that go to no backend, and those that were encoded for a backend that there is not. */
  readonly keepsUndeliverable?: boolean;
}

/** The result for a dead run. */
export type RecoveryReport =
  | {
      readonly kind: 'recovered';
      readonly folder: string;
      /** `service.instance.id`. */
      readonly instanceId: string;
      readonly pid: number;
      /** Unix time. */
      readonly startedMillis: number;
      /** Records that were in rings. */
      readonly logs: number;
      readonly audit: number;
      /** Of `logs`: what black boxes had kept, below the level that was written. */
      readonly blackBox: number;
      /** Of `logs` and `audit`: records that went to no backend. */
      readonly unrouted: number;
      /** Records that were encoded for a backend and not taken by its destination. */
      readonly encoded: number;
      /** Such log records of backends that are not there any more: they are lost. */
      readonly undeliverable: number;
      /** Such records that stay in `folder`: their destination is away, and the next start sends them, or see `withoutBackend`. */
      readonly waiting: number;
      /** Of `waiting`: audit events, and logs among them, of backends that are not there any more. */
      readonly withoutBackend: number;
      /** Audit numbers of calls that were cut off. */
      readonly voided: number;
      /** Whether the last values of its metrics were exported. */
      readonly metrics: boolean;
    }
  /** Nothing of it was taken; see {@link RecoveryScope.keepsUndeliverable}. */
  | {
      readonly kind: 'kept';
      readonly folder: string;
      readonly instanceId: string;
      /** Records in it. */
      readonly records: number;
      /** Of these, records that would go to no backend, although no rule drops them on purpose. */
      readonly unrouted: number;
      /** Of these, records that were encoded for backends that there are not. */
      readonly withoutBackend: number;
    }
  /** `folder`: where it is now. */
  | { readonly kind: 'damaged'; readonly folder: string; readonly reason: string };
