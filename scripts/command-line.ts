/**
 * `parseArgs` for scripts that people start by hand: `--help` prints `usage` and ends the process; an option that the script does not have is told of with the
 * usage, and ends it with 2.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';

const HELP = { type: 'boolean', short: 'h' } as const;

export function commandLine<Config extends ParseArgsConfig>(usage: string, config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    const parsed = parseArgs({ ...config, options: { ...config.options, help: HELP } });
    if ((parsed.values as { help?: boolean }).help !== true) return parsed as ReturnType<typeof parseArgs<Config>>;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
  process.stdout.write(usage);
  process.exit(0);
}
