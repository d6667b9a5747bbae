/** A process that does not answer, or refuses, is a message and exit code 1, not a stack. */
import { ControlRefused } from '../../control/client.ts';

const EXIT_REFUSED = 1;

export const REFUSED_CODE = { [EXIT_REFUSED]: 'the process did not answer, or refused' } as const;

export async function orRefused(command: string, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ControlRefused)) throw error;
    process.stderr.write(`hft-otel ${command}: ${error.message}\n`);
    return EXIT_REFUSED;
  }
}
