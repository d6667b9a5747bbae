/**
 * No credential leaves an instrumented exchange. Names are judged as everywhere. In addition the values of the exchange object's credentials are searched for:
 * ccxt's errors and its `verbose` mode show whole requests, with signed data in places without such a name.
 */
import { errorText } from '../../common/error-text.ts';
import { maskSecrets } from '../../common/mask-secrets.ts';
import { credentialsOf } from './exchange.ts';

/** Levels of an object in `verbose` mode that are searched. */
const MAX_DEPTH = 6;

export class Secrets {
  readonly #exchange: object;

  constructor(exchange: object) {
    this.#exchange = exchange;
  }

  text(text: string): string {
    return maskSecrets(text, { known: credentialsOf(this.#exchange) });
  }

  /** Texts inside objects and arrays, too. Other values are what they are. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    if (depth >= MAX_DEPTH) return '[object]';
    if (Array.isArray(value)) return value.map((each) => this.value(each, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.value(each, depth + 1)]));
  }

  /** An error as fields: the Error itself would bring its message and its stack as they are. */
  error(error: unknown): Record<string, unknown> {
    if (!(error instanceof Error)) return { 'exception.message': this.text(errorText(error)) };
    return {
      'exception.type': error.constructor.name,
      'exception.message': this.text(error.message),
      'exception.stacktrace': this.text(String(error.stack)),
    };
  }
}
