/** For `vi.waitFor`: what is waited for comes within milliseconds, on a machine that others use within seconds, or some ten of them. */
export const PATIENCE = { timeout: 45_000, interval: 10 } as const;
