/**
 * Options of a script that people start by hand: `--help` prints `usage` and ends the process; an option that it does not have is told of with the usage, and ends
 * it with 2.
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: Options }>>['values'];

export function commandOptions<Options extends ParseArgsOptionsConfig>(usage: string, options: Options): Values<Options> {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if ((values as { help?: boolean }).help !== true) return values as Values<Options>;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
  process.stdout.write(usage);
  process.exit(0);
}
