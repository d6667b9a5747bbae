/**
 * Text on its way from a string to the output: encoded here first, so that its length is known before a byte of the output is touched.
 */

export class ScratchText {
  #bytes = Buffer.allocUnsafeSlow(4096);
  /** The text last set, in units of eight bytes; what stands behind it may be anything. */
  units = new BigInt64Array(this.#bytes.buffer);

  /** Encodes `text`; returns its bytes. */
  set(text: string): number {
    const most = text.length * 3;
    if (most > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(most)));
      this.units = new BigInt64Array(this.#bytes.buffer);
    }
    return this.#bytes.write(text, 'utf8');
  }
}
