/**
 * A backend of the user's own: a module whose default export is a {@link BackendFactory}, loaded in the worker.
 *
 * Loading gives a backend at once and cannot fail: an error of the module becomes an error of its writes. So a module that is missing,
 * broken or hangs loses only the records that are routed to it, and they are counted.
 */

import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorText } from '../../common/error-text.ts';
import type { Backend, BackendContext, BackendFactory, LogRecordData } from '../../contract/backend.ts';
import { HftError } from '../../errors.ts';
import { Deadline, TIMED_OUT } from '../../time/deadline.ts';
import { SYSTEM_TIMERS, type Timers } from '../../time/timers.ts';
import type { RunForeign } from '../opening.ts';

/** Time that a module may take to load and its factory to settle; a connection is usually open in a tenth of it. */
const LOAD_TIMEOUT_MILLIS = 10_000;

const JUST_CALL: RunForeign = async (call) => call();

export interface ModuleBackendOptions {
  /** URL (`file:`, `data:`), absolute path, or a specifier that the application can import. */
  readonly module: string;
  readonly options?: unknown;
  readonly context: BackendContext;
  readonly loadTimeoutMillis?: number;
  readonly timers?: Timers;
  /** Runs each call into the module, so that one that does not return can be named. Default: just calls it. */
  readonly runForeign?: RunForeign;
}

export class ModuleBackend implements Backend {
  readonly #name: string;
  readonly #runForeign: RunForeign;
  readonly #loaded: Promise<Backend | HftError>;
  /** Settles when the module is loaded: with undefined, or with its error, so that it can be reported before the first record comes. */
  readonly problem: Promise<string | undefined>;

  constructor(options: ModuleBackendOptions) {
    this.#name = options.context.name;
    this.#runForeign = options.runForeign ?? JUST_CALL;
    this.#loaded = load(options);
    this.problem = this.#loaded.then((backend) => (backend instanceof HftError ? textOf(backend) : undefined));
  }

  async write(batch: readonly LogRecordData[]): Promise<Awaited<ReturnType<Backend['write']>>> {
    const backend = await this.#loaded;
    if (backend instanceof HftError) return { status: 'failure', message: textOf(backend) };
    try {
      return await this.#runForeign(() => backend.write(batch));
    } catch (error) {
      return { status: 'retryable', message: textOf(this.#error(`write threw: ${errorText(error)}.`, error)) };
    }
  }

  async flush(): Promise<void> {
    const backend = await this.#loaded;
    if (!(backend instanceof HftError)) await this.#runForeign(() => backend.flush?.());
  }

  async close(): Promise<void> {
    const backend = await this.#loaded;
    if (!(backend instanceof HftError)) await this.#runForeign(() => backend.close?.());
  }

  #error(message: string, cause: unknown): HftError {
    return moduleError(this.#name, message, cause);
  }
}

async function load(options: ModuleBackendOptions): Promise<Backend | HftError> {
  const { module, context, loadTimeoutMillis = LOAD_TIMEOUT_MILLIS, timers = SYSTEM_TIMERS } = options;
  const made = make(options).catch((error: unknown) =>
    error instanceof HftError ? error : moduleError(context.name, `${module} could not be loaded: ${errorText(error)}.`, error),
  );
  const first = await Deadline.in(loadTimeoutMillis, timers).race(made);
  if (first !== TIMED_OUT) return first;
  // Too late: it will get no records.
  void made.then((backend) => (backend instanceof HftError ? undefined : backend.close?.())).catch(() => {});
  return moduleError(context.name, `${module} was not ready within ${loadTimeoutMillis} ms.`);
}

async function make({ module, options, context, runForeign = JUST_CALL }: ModuleBackendOptions): Promise<Backend> {
  const { default: factory } = (await runForeign(() => import(resolve(module)))) as { default?: unknown };
  if (typeof factory !== 'function')
    throw moduleError(context.name, `${module} exports no function as default, but ${typeof factory}.`);
  const backend = await runForeign(() => (factory as BackendFactory)(options, context));
  if (typeof (backend as Partial<Backend> | undefined | null)?.write !== 'function') {
    throw moduleError(context.name, `The factory of ${module} gave back no object with a write method.`);
  }
  return backend;
}

/** Specifiers are resolved like the application's own, from its working directory; packages that only `import` finds (ESM-only ones), from here. */
function resolve(module: string): string {
  if (isAbsolute(module)) return pathToFileURL(module).href;
  if (/^[a-z][a-z+.-]+:/i.test(module)) return module;
  try {
    return pathToFileURL(createRequire(`${process.cwd()}/`).resolve(module)).href;
  } catch (error) {
    if (module.startsWith('.')) throw error;
    return module;
  }
}

function moduleError(name: string, message: string, cause?: unknown): HftError {
  return new HftError('HFT_BACKEND_MODULE', `Backend "${name}": ${message}`, { cause });
}

function textOf(error: HftError): string {
  return `${error.code}: ${error.message}`;
}
