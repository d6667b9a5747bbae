/** Milliseconds of a clock that only goes forward. Captured before a test runner can stop it: a deadline would never come then. */
export const monotonicMillis: () => number = performance.now.bind(performance);
