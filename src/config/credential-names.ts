/**
 * Names under which credentials are logged by accident: the default of `redact`. How an entry is matched stands in ../caller/redaction.ts.
 *
 * `*` in a name takes prefixes in: `*secret` is also `client_secret` and `binanceApiSecret`. Names that trading data uses for something else are not
 * in the list on their own (`key`, `code`, `account`), only at the end of a path where they are credentials. Gate.io sends its key as the header `KEY`.
 */
export const CREDENTIAL_NAMES: readonly string[] = Object.freeze([
  // Keys and secrets of exchange interfaces: Binance and MEXC (X-MBX-APIKEY, X-MEXC-APIKEY), OKX (OK-ACCESS-*), Bybit (X-BAPI-*), KuCoin (KC-API-*).
  '*api_key',
  '*secret',
  '*secret_key',
  '*access_key',
  '*private_key',
  '*signing_key',
  '*encryption_key',
  '*passphrase',
  '*signature',
  'sign',
  '*access_sign',
  '*api_sign',
  'x_bapi_sign',
  'headers.key',
  // Logins.
  '*password',
  'passwd',
  'pwd',
  'credential',
  'credentials',
  'pin',
  'otp',
  'totp',
  '*mnemonic',
  'seed_phrase',
  // HTTP and OAuth.
  '*authorization',
  '*cookie',
  '*cookies',
  'bearer',
  'jwt',
  'token',
  'tokens',
  '*access_token',
  '*refresh_token',
  '*id_token',
  '*session_token',
  '*auth_token',
  '*api_token',
  '*bearer_token',
  '*security_token',
  '*csrf_token',
  '*listen_key',
]);
