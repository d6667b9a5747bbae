declare module '@bcoe/v8-coverage' {
  /** Sums the counts of the same scripts in several processes. */
  export function mergeProcessCovs<Script>(processes: readonly { readonly result: readonly Script[] }[]): {
    readonly result: readonly Script[];
  };
}
