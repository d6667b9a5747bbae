/** `util.inspect.custom`, without loading `util`: what `console.log` asks an object for. JSON and our own records ask for `toJSON`. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;
