/**
 * The parts of a ccxt exchange object that are wrapped. Declared here, so that the types compile where ccxt is not installed.
 */

type Method = (...args: never[]) => unknown;

/** Methods of the exchange that requests go through, and those that sockets call. */
export interface CcxtExchange {
  readonly id: string;
  readonly requiredCredentials?: Readonly<Record<string, unknown>>;
  throttle: Method;
  sign: Method;
  fetch: Method;
  fetch2: Method;
  onRestResponse: Method;
  parseJson: Method;
  log: Method;
  client?: Method;
  handleMessage?: Method;
  onConnected?: Method;
  onError?: Method;
  onClose?: Method;
  fetchTime?: Method;
}

/** The connection behind `watch…`. */
export interface CcxtSocket {
  readonly url: string;
  onMessage(event: unknown): unknown;
}

/** Names of credentials in ccxt. */
const CREDENTIALS: readonly string[] = [
  'apiKey',
  'secret',
  'uid',
  'accountId',
  'login',
  'password',
  'twofa',
  'privateKey',
  'walletAddress',
  'token',
];

/** The credentials of the exchange object now. */
export function credentialsOf(exchange: object): readonly string[] {
  const { requiredCredentials = {} } = exchange as CcxtExchange;
  const names = new Set([...CREDENTIALS, ...Object.keys(requiredCredentials)]);
  return [...names].map((name) => (exchange as Record<string, unknown>)[name]).filter((value) => typeof value === 'string');
}
