/** A mutant that survives waits for all tests that run its code. So each property ends when this time is over, with the samples that it has tried until then. */
import fc from 'fast-check';

/** Milliseconds of a property. */
const MOST_MILLIS = 1_000;

fc.configureGlobal({ ...fc.readConfigureGlobal(), interruptAfterTimeLimit: MOST_MILLIS });
