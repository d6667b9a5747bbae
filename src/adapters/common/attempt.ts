/**
 * Code of the user that a foreign logger runs inside a log call (serializers, mixins, formatters) may throw. A log call does not: the error's text is in the
 * record in place of the code's result.
 */
import { describeThrown } from '../../codec/values/value-texts.ts';

export function attempt<T>(call: () => T, otherwise: (text: string) => T): T {
  try {
    return call();
  } catch (error) {
    return otherwise(`[threw: ${describeThrown(error)}]`);
  }
}
