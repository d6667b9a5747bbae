/** An answer of our own servers that says no. */
export interface Refusal {
  readonly status: number;
  /** Of a 405: the methods that are answered, for the header Allow. */
  readonly allow?: string;
  readonly error: string;
}

export function methodNotAllowed(methods: string): Refusal {
  return { status: 405, allow: methods, error: `Expected ${methods}.` };
}

export function bodyTooLarge(maxBytes: number): Refusal {
  return { status: 413, error: `The body has more than ${maxBytes} bytes.` };
}
