/**
 * Options of `hft-otel/register`: from the configuration file and the environment, which wins.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { errorText } from '../../common/error-text.ts';
import { resolveConfig } from '../../config/resolve.ts';
import type { LoggingConfig } from '../../config/types.ts';
import { ConfigError, type ConfigIssue, HftError } from '../../errors.ts';
import { members } from '../../settings/kinds/composite-kinds.ts';
import { boolean, kind } from '../../settings/kinds/kinds.ts';
import { Problems } from '../../settings/problems.ts';

export interface RegisterOptions {
  /**
   * Whether texts printed with `console` become records: `true` in addition to the output, `'suppress'` in place of it, `false` not at all. Default:
   * `'suppress'` while the console backend writes records to the terminal, which would show each line twice; else `true`. Variable `HFT_CAPTURE_CONSOLE`:
   * `true`, `suppress`, `false`.
   */
  readonly console?: boolean | 'suppress';
  /** Event loop, garbage collector, heap and process. Default: true. Variable `HFT_RUNTIME_METRICS`. */
  readonly runtimeMetrics?: boolean;
}

/** The default export of a configuration file, or its JSON: the configuration of `configureLogging`, and `register`. */
export type RegisterConfig<Own extends string = never> = LoggingConfig<Own> & { readonly register?: RegisterOptions };

export interface RegisterPlan {
  readonly config: LoggingConfig;
  readonly options: RegisterOptions;
  /** Variables of the environment that could not be used. */
  readonly warnings: readonly string[];
}

const FILE_VARIABLE = 'HFT_CONFIG_FILE';
const CONSOLE_VARIABLE = 'HFT_CAPTURE_CONSOLE';
const METRICS_VARIABLE = 'HFT_RUNTIME_METRICS';

const capture = kind("boolean | 'suppress'", 'true, false or "suppress"', (value) =>
  typeof value === 'boolean' || value === 'suppress' ? value : undefined,
);

const OPTIONS = members<RegisterOptions>({ console: capture, runtimeMetrics: boolean }, []);

/** In the order in which they are looked for. */
const EXTENSIONS: readonly string[] = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json'];

/** Throws HFT_CONFIG when the file cannot be used, with every problem of `register` and of the configuration. */
export function readPlan(folder: string, env: NodeJS.ProcessEnv): RegisterPlan {
  const { register, ...config } = readFile(fileIn(folder, env));
  const options = checked(register, config, env);
  const warnings: string[] = [];
  const word = <T>(name: string, meanings: Readonly<Record<string, T>>): T | undefined => {
    const text = env[name]?.trim().toLowerCase();
    if (text === undefined || text === '') return undefined;
    if (Object.hasOwn(meanings, text)) return meanings[text];
    warnings.push(`${name} is ignored: expected one of ${Object.keys(meanings).join(', ')}.`);
    return undefined;
  };
  const captures = word<boolean | 'suppress'>(CONSOLE_VARIABLE, { true: true, suppress: 'suppress', false: false });
  const measures = word(METRICS_VARIABLE, { true: true, false: false });
  return {
    config,
    options: {
      ...options,
      ...(captures !== undefined && { console: captures }),
      ...(measures !== undefined && { runtimeMetrics: measures }),
    },
    warnings,
  };
}

/** The section `register`. It is no setting of an instance, which therefore does not know it. */
function checked(register: unknown, config: LoggingConfig, env: NodeJS.ProcessEnv): RegisterOptions {
  if (register === undefined) return {};
  const problems = new Problems();
  const options = OPTIONS.read(register, 'register', problems);
  if (options !== undefined) return options;
  throw new ConfigError([...problemsOf(config, env), ...problems.list()]);
}

/** Of the rest of the file: whoever corrects it wants to know them all. */
function problemsOf(config: LoggingConfig, env: NodeJS.ProcessEnv): readonly ConfigIssue[] {
  try {
    resolveConfig(config, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

function fileIn(folder: string, env: NodeJS.ProcessEnv): string | undefined {
  const named = env[FILE_VARIABLE]?.trim();
  if (named !== undefined && named !== '') return resolve(folder, named);
  return EXTENSIONS.map((extension) => join(folder, `hft-otel.config${extension}`)).find((file) => existsSync(file));
}

function readFile(file: string | undefined): RegisterConfig {
  if (file === undefined) return {};
  let found: unknown;
  try {
    // By `require`, which Node gives modules of either kind: nothing has to be waited for, so that `--require` works as `--import` does.
    const read = extname(file) === '.json' ? JSON.parse(readFileSync(file, 'utf8')) : createRequire(file)(file);
    found = read !== null && typeof read === 'object' && 'default' in read ? read.default : read;
  } catch (error) {
    throw new HftError('HFT_CONFIG', `${file} cannot be read: ${errorText(error)}.`, { cause: error });
  }
  if (typeof found !== 'object' || found === null)
    throw new HftError('HFT_CONFIG', `${file} has to export the configuration as default: an object, as for configureLogging.`);
  return found as RegisterConfig;
}
