/**
 * What users may rely on, as text: for each door of the package (`exports` in package.json), its exported types and signatures without their comments. The
 * compiler writes declarations, API Extractor (with a TypeScript of its own) makes the report. A type that a signature names and the door does not export is
 * marked `ae-forgotten-export`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const ROOT = join(import.meta.dirname, '../..');

/** Where the accepted reports lie. */
export const REPORTS = join(ROOT, 'docs/api');

interface Door {
  readonly name: string;
  /** Its declarations, below the folder of them all. */
  readonly types: string;
}

/** The report of every door that has types of its own, by its name. */
export function apiReports(): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'hft-otel-api-'));
  try {
    const types = join(folder, 'types');
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const args = ['--project', join(ROOT, 'tsconfig.build.json'), '--outDir', types, '--emitDeclarationOnly'];
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`The declarations could not be written:\n${stdout}`);
    symlinkSync(join(ROOT, 'node_modules'), join(types, 'node_modules'));
    writeFileSync(join(types, 'package.json'), '{ "type": "module" }');
    return new Map(doors().map((door) => [door.name, reportOf(types, door, folder)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What package.json exports with types, by name: `hft-otel/pino` is `pino`. The worker's entry is started, never imported. */
function doors(): readonly Door[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types?: string }>;
  };
  return Object.entries(exports).flatMap(([path, target]) => {
    if (path === './worker' || typeof target === 'string' || target.types === undefined) return [];
    return [{ name: path === '.' ? 'index' : path.slice('./'.length), types: target.types.replace('./dist/', '') }];
  });
}

function reportOf(types: string, door: Door, folder: string): string {
  const entry = join(types, door.types);
  const reportFileName = `${door.name}.api.md`;
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: entry,
      compiler: { overrideTsconfig: { compilerOptions: compilerOptions(), files: [entry] } },
      apiReport: { enabled: true, reportFileName, reportFolder: folder, reportTempFolder: join(folder, 'temp') },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.None },
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
  });
  const { errorCount } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      // Each report is new in its folder, and the version of TypeScript is the extractor's own: neither is news.
      if (message.category === 'console') message.logLevel = ExtractorLogLevel.None;
    },
  });
  if (errorCount > 0) throw new Error(`API Extractor found ${errorCount} errors in ${door.name}.`);
  return readFileSync(join(folder, reportFileName), 'utf8');
}

/** As tsconfig.json, as far as declarations ask for it: the extractor's TypeScript need not know the newest options. */
function compilerOptions(): object {
  const { compilerOptions: ours } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  const { module, target, lib, types, strict, exactOptionalPropertyTypes, skipLibCheck } = ours;
  return { module, target, lib, types, strict, exactOptionalPropertyTypes, skipLibCheck };
}
