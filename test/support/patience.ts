/** For `vi.waitFor`: what is waited for comes within milliseconds, on a machine that others use within seconds. */
export const PATIENCE = { timeout: 20_000, interval: 10 } as const;
