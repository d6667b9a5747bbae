/**
 * The catalogue of coded errors: what can go wrong, and what to do about it. Imports nothing.
 */

/** Every code that this package throws or reports, with its remedy. `docs/errors.md` is held equal to this table by a test. */
export const ERROR_CATALOGUE = {
  HFT_CONFIG: 'Correct the listed settings; nothing was started.',
  HFT_RING_FORMAT: 'Two versions of hft-otel share memory in this process; install one version.',
  HFT_WORKER_START:
    'Fix the cause; the start is tried again after growing pauses. Meanwhile records wait in their rings, and the thread that made the instance writes audit events itself.',
  HFT_WORKER_FILE:
    'Leave hft-otel external in your bundler, or build its entry hft-otel/worker into a file hft-otel-worker.mjs beside the bundle: docs/hosts.md has the recipes.',
  HFT_WORKER_FORBIDDEN: 'Start Node with --allow-worker beside --permission: records are delivered by a worker thread.',
  HFT_WORKER_HUNG:
    'It is being replaced, and records in rings and outboxes are kept; if it hung in a module of yours, that module is disabled until the process is restarted: fix it.',
  HFT_WORKER_DIED: 'It is being replaced, and records in rings and outboxes are kept; fix the cause.',
  HFT_FLUSH_TIMEOUT:
    'A backend did not take its records in time; health().backends shows which one. Fix it, or raise timeoutMillis.',
  HFT_SNAPSHOT_TIMEOUT: 'See the state of the worker in health().worker, and ask again.',
  HFT_SHUT_DOWN: 'Ask before shutdown, or ask the instance that has been configured since.',
  HFT_BACKEND_MODULE: 'The module must exist and export a factory function as default.',
  HFT_ADAPTER: 'Remove the options that are named; docs/adapters.md lists the options of each adapter.',
  HFT_HOST: 'Run it with Node 22.15 or newer, or with Bun; docs/hosts.md says what works where.',
  HFT_PERSISTENCE:
    'Logging goes on in memory that ends with the process; docs/persistence.md lists the requirements of memory that outlives it.',
  HFT_CONTROL:
    'Logging goes on; hft-otel level and top do not reach this process. Set control.directory to a directory that only its user may open, or control.enabled to false.',
  HFT_PAGE:
    'Logging goes on without the page. Give page.port a port that is free (0 takes any), and page.host an address of this machine; `hft-otel page` opens one later.',
  HFT_AUDIT_RECEIPT:
    'The event may be written all the same: look for its audit_seq in the audit file. docs/audit.md says what a receipt promises at each stage.',
  HFT_CODEC: 'A frame in shared memory could not be read; please report it with the numbers in the message.',
} as const;

/** The value of `error.code`; coded texts in `health()` begin with it. Codes are stable, so programs may test for them. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Every error that this package itself throws or rejects with, except RangeError and TypeError for invalid arguments of a method. Its message ends in the code's remedy. */
export class HftError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(`${sentence(message)} ${ERROR_CATALOGUE[code]}`, options);
    this.name = 'HftError';
    this.code = code;
  }
}

/** One full stop at its end: messages end in texts of others, which may have one. */
function sentence(message: string): string {
  const ended = message.replace(/(?<!\.)\.\.$/, '.');
  return /[.!?:\n]$/.test(ended) ? ended : `${ended}.`;
}

/** One thing wrong with a configuration. */
export interface ConfigIssue {
  /** For example `backends.file.rotation`. */
  readonly path: string;
  /** The refused value, as text. */
  readonly value: string;
  /** What is allowed there. */
  readonly expected: string;
}

/** Thrown by `configureLogging` and `createLogging`, before anything is allocated, with every problem of the configuration. */
export class ConfigError extends HftError {
  readonly issues: readonly ConfigIssue[];
  constructor(issues: readonly ConfigIssue[]) {
    const lines = issues.map((issue) => `  ${issue.path || 'all of it'}: got ${issue.value}, expected ${issue.expected}`);
    super(
      'HFT_CONFIG',
      `${issues.length} problem${issues.length === 1 ? '' : 's'} in the logging configuration:\n${lines.join('\n')}\n`,
    );
    this.name = 'ConfigError';
    this.issues = issues;
  }
}
