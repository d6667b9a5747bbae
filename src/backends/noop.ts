/**
 * The contract of a backend in its quietest form: takes everything and does nothing with it.
 */
import type { Backend } from './backend.ts';

export const NOOP_BACKEND: Backend = { write() {} };
