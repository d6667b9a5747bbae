/**
 * The package's version. Written out, and held equal to `package.json` by a test: that file cannot be found from a bundle, or another one is.
 */
export const VERSION = '0.2.0';
