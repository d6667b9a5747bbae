/**
 * `npm run api`: the public types, and the reports of them in docs/api. The change of a report is what a reviewer reads, and what the changelog must tell.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../command-line.ts';
import { apiReports, REPORTS } from './reports.ts';

const USAGE = `npm run api [-- options]

Compares the public types with the accepted reports in docs/api, and prints what is different. The exit code is 1 when something is.

  --accept    writes the reports
  --help      this
`;

const { values } = commandLine(USAGE, { options: { accept: { type: 'boolean', default: false } } });
const reports = apiReports();

if (values.accept) accept();
else compare();

function accept(): void {
  mkdirSync(REPORTS, { recursive: true });
  for (const file of readdirSync(REPORTS)) {
    if (file.endsWith('.api.md') && !reports.has(file.slice(0, -'.api.md'.length))) rmSync(join(REPORTS, file));
  }
  write(REPORTS);
}

function compare(): void {
  const now = mkdtempSync(join(tmpdir(), 'hft-otel-api-now-'));
  try {
    write(now);
    const { status, stdout } = spawnSync('diff', ['-u', '-r', '-N', REPORTS, now], { encoding: 'utf8' });
    if (status === 0) return;
    console.log(stdout);
    console.error(
      'The public types are not those of docs/api. If that is meant: npm run api -- --accept, and a line in CHANGELOG.md.',
    );
    process.exitCode = 1;
  } finally {
    rmSync(now, { recursive: true, force: true });
  }
}

function write(folder: string): void {
  for (const [door, report] of reports) writeFileSync(join(folder, `${door}.api.md`), report);
}
