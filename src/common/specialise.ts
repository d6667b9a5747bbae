/**
 * One function, made once for each set of constants. V8 lets closures of one source text share what it knows of them and then folds none of their constants
 * (a log call: 43 → 56–87 ns, measured); so the text of the function is evaluated anew for each set, with a comment that makes it unlike any other.
 *
 * The function that is handed in is the one source of both ways: where the engine forbids code from strings it serves itself. Its text must stand alone: it
 * may name its parameters and globals, and nothing that was imported.
 */
let made = 0;
const run = Math.random().toString(36).slice(2);

/** A comment that makes a generated function's text unlike any other. */
export function uniqueText(): string {
  return `// ${run}.${made++}\n`;
}

/** `make(constants)`, as code of its own where that is allowed. */
export function specialise<Constants, Result>(make: (constants: Constants) => Result, constants: Constants): Result {
  try {
    return new Function('constants', `${uniqueText()}'use strict'; return (${make})(constants);`)(constants) as Result;
  } catch {
    // --disallow-code-generation-from-strings; or a tool has put names of its own into the text.
    return make(constants);
  }
}
