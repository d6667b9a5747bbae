/**
 * Calls inside a call: a getter, a toJSON method or a proxy of one record may log while its values are read. Both records are whole, because the
 * outer one finds the value writer as it left it; and their number is bounded.
 */
import type { ValueWriter } from '../values/value-writer.ts';

/**
 * Records that may be logged inside one, all depths together. Those beyond are kept without their fields: an object with two getters that log it
 * again would otherwise be read 2^10,000 times, until the stack ends at every one of them.
 */
const MAX_CALLS_INSIDE = 16;

export class CallsInside {
  readonly #values: ValueWriter;
  #depth = 0;
  #calls = 0;

  constructor(values: ValueWriter) {
    this.#values = values;
  }

  /** `leave` must follow, also after an error. False: there are too many, and no user code must run. */
  enter(): boolean {
    this.#values.enter();
    if (this.#depth++ > 0) return ++this.#calls <= MAX_CALLS_INSIDE;
    this.#calls = 0;
    return true;
  }

  leave(): void {
    this.#depth--;
    this.#values.leave();
  }
}
