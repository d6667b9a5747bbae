/**
 * Standard output of every command. What could not be written there (a full disk) is said, and makes the exit code 1: without that, a copy of some records
 * would look like all of them. A reader that has closed the pipe, such as `head`, has what it wanted: nothing is said.
 */
import { errorText } from '../common/error-text.ts';
import { EXIT_FAILED } from './exit-codes.ts';

/** To be called once, before anything is printed. */
export function watchStandardOutput(): void {
  // Where messages cannot be written, there is nobody to tell.
  process.stderr.on('error', () => {});
  let hasFailed = false;
  process.stdout.on('error', (error) => {
    if (hasFailed || isReaderGone(error)) return;
    hasFailed = true;
    process.stderr.write(`hft-otel: Not everything could be printed: ${errorText(error)}\n`);
  });
  process.on('exit', () => {
    if (hasFailed) process.exitCode ||= EXIT_FAILED;
  });
}

export function isReaderGone(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE';
}
