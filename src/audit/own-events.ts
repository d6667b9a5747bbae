/** Lines of the audit file that hft-otel writes of its own accord. */

/** About the accuracy of the clock: clock-evidence.ts. */
export const CLOCK_EVENT = 'hft.clock';
