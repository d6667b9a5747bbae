/**
 * The commands on audit trails, as an auditor runs them.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { CHECKPOINTS_SUFFIX } from '../../src/audit/run-tree/checkpoint-file.ts';
import { makeTrail } from '../audit/clean-logs.ts';
import { scratch } from '../backends/file-support.ts';
import { randomOf } from '../support/random.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const directory = scratch();
afterAll(() => directory.remove());
const audit = (words: readonly string[], input?: Buffer) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'audit', ...words], {
    cwd: directory.path,
    env: { ...process.env, NO_COLOR: '1' },
    ...(input !== undefined && { input }),
  });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
};

describe('the commands on an audit trail', { timeout: 120_000 }, () => {
  const key = join(directory.path, 'gateway.key');
  const made = audit(['keygen', key]);
  const { files, notes } = makeTrail({ directory: directory.path, random: randomOf(3), key, runs: 2, ends: true });
  const [first = ''] = [...files].sort();

  test('keygen: a private key for its owner only, its verifier key beside it, and no key is written over', () => {
    expect(made.status).toBe(0);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${key}.vkey`, 'utf8')).toMatch(/^gateway\+[0-9a-f]{8}\+\S+\n$/);
    expect(made.stdout).not.toContain('PRIVATE');
    const again = audit(['keygen', key]);
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('--rotate')]);
  });

  test('verify: 0 for a trail as it was written, 1 with file and line for one that was changed, 2 where nothing could be verified', () => {
    expect(audit(['verify', ...files, '--key', `${key}.vkey`])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('No fault'),
    });
    expect(audit(['verify', ...files]).stdout).toContain('signatures were not checked');
    const text = readFileSync(first, 'utf8');
    writeFileSync(first, text.replace(/"qty":\d+/, '"qty":7777777'));
    const changed = audit(['verify', ...files, '--key', `${key}.vkey`, '--json']);
    expect(changed.status).toBe(1);
    const { findings } = JSON.parse(changed.stdout);
    expect(findings[0]).toMatchObject({ severity: 'fault', code: 'CHANGED', file: first, line: 1, meaning: expect.any(String) });
    expect(audit(['verify', ...files, '-k', `${key}.vkey`]).stdout).toMatch(/First fault: .*\.jsonl:1\b/);
    const besides = files.map((file) => [file + CHECKPOINTS_SUFFIX, readFileSync(file + CHECKPOINTS_SUFFIX)] as const);
    for (const [path] of besides) rmSync(path);
    expect(audit(['verify', ...files, '-k', `${key}.vkey`])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('its proof is missing'),
    });
    expect(audit(['verify', ...files])).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing is proven') });
    for (const [path, notes] of besides) writeFileSync(path, notes);
    writeFileSync(first, text);
    expect(audit(['verify', join(directory.path, 'absent.jsonl')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('absent.jsonl'),
    });
    expect(audit(['verify', first, '--key', first]).status).toBe(2);
    expect(audit(['verify', first + CHECKPOINTS_SUFFIX])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Give the audit files'),
    });
  });

  test('verify --metrics: exit code, time and lines for Prometheus, also when nothing could be verified', () => {
    const page = join(directory.path, 'audit.prom');
    expect(audit(['verify', ...files, '-k', `${key}.vkey`, '--metrics', page]).status).toBe(0);
    const clean = readFileSync(page, 'utf8');
    expect(clean).toContain('hft_audit_verify_exit_code{service_name="gateway"} 0\n');
    expect(Number(/time_seconds\{.*\} (.*)/.exec(clean)?.[1])).toBeCloseTo(Date.now() / 1_000, -2);
    const [lines, proven] = ['lines', 'proven_lines'].map((name) =>
      Number(new RegExp(`_verify_${name}\\{.*\\} (\\d+)`).exec(clean)?.[1]),
    );
    expect([lines, proven]).toEqual([expect.any(Number), lines]);
    expect(audit(['verify', join(directory.path, 'absent.jsonl'), '-m', page, '--service', 'gw']).status).toBe(2);
    expect(readFileSync(page, 'utf8')).toContain('hft_audit_verify_exit_code{service_name="gw"} 2\n');
    expect(audit(['verify', ...files, '-m', join(directory.path, 'no', 'folder')])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--metrics'),
    });
  });

  test('verify: gzip’d files, standard input, and a copy of another host that is JSON of a collector', () => {
    const zipped = files.map((file) => {
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
      return `${file}.gz`;
    });
    const elsewhere = join(directory.path, 'elsewhere.json');
    writeFileSync(
      elsewhere,
      `${JSON.stringify({ resourceLogs: [{ logRecords: notes.map((note) => ({ body: { stringValue: note } })) }] })}\n`,
    );
    const copied = audit(['verify', ...zipped, '-k', `${key}.vkey`, '-c', elsewhere, '--json']);
    expect(copied.status).toBe(0);
    for (const { lines, provenElsewhere } of JSON.parse(copied.stdout).runs) expect(provenElsewhere).toBe(lines);
    const all = Buffer.concat([...files].sort().map((file) => readFileSync(file)));
    const piped = audit(['verify', '-', '-k', `${key}.vkey`, '-c', elsewhere, '--json'], all);
    expect(piped.status).toBe(0);
    const cut = audit(['verify', '-', '-k', `${key}.vkey`, '-c', elsewhere, '--json'], all.subarray(0, all.length - 10));
    expect([cut.status, JSON.parse(cut.stdout).findings[0].code]).toEqual([1, 'MISSING_LINES']);
  });

  test('verify and prove: a file that cannot be read to its end is named', () => {
    const cut = join(directory.path, 'cut.jsonl.gz');
    writeFileSync(cut, gzipSync(readFileSync(first)).subarray(0, 100));
    for (const unreadable of [cut, directory.path]) {
      for (const words of [
        ['verify', ...files, unreadable],
        ['prove', ...files, unreadable, '--run', 'r', '--seq', '1'],
      ])
        expect(audit(words)).toMatchObject({ status: 2, stderr: expect.stringContaining(`${unreadable}: `) });
    }
  });

  test('prove and check-proof: a proof of one event stands alone, and none of another line passes', () => {
    const { runs } = JSON.parse(audit(['verify', ...files, '--json']).stdout);
    const [{ run }] = runs;
    const proof = join(directory.path, 'proof');
    expect(audit(['prove', ...files, '-k', `${key}.vkey`, '--run', run, '--seq', '4', '-o', proof])).toMatchObject({
      status: 0,
      stderr: '',
    });
    const text = readFileSync(proof, 'utf8');
    const checked = audit(['check-proof', proof, '-k', `${key}.vkey`]);
    expect(checked).toMatchObject({ status: 0, stdout: expect.stringContaining('"audit_seq":4') });
    expect(audit(['check-proof', proof])).toMatchObject({ status: 0, stdout: expect.stringContaining('not checked') });
    const [header = '', extra = '', ...rest] = text.split('\n');
    const line = Buffer.from(extra.slice(6), 'base64').toString().replace('order_placed', 'order_failed');
    writeFileSync(proof, [header, `extra ${Buffer.from(line).toString('base64')}`, ...rest].join('\n'));
    expect(audit(['check-proof', proof, '-k', `${key}.vkey`]).status).toBe(1);
    // The hole that a verifier has which looks at the ends of a proof only.
    const hashes = rest.findIndex((each) => /^\S{43}=$/.test(each));
    const forged = [header, extra, ...rest.with(hashes, Buffer.alloc(32, 1).toString('base64'))].join('\n');
    writeFileSync(proof, forged);
    expect(audit(['check-proof', proof, '-k', `${key}.vkey`]).status).toBe(1);
    expect(audit(['prove', ...files, '--run', run, '--seq', '99999'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('No event 99999'),
    });
    expect(audit(['prove', ...files, '--seq', '1'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--run') });
  });

  test('report: runs, events, keys', () => {
    const { status, stdout } = audit(['report', ...files, '-k', `${key}.vkey`]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/order_placed\s+\d+/);
    expect(stdout).toContain('gateway+');
  });

  test('keygen --rotate: the trail goes on under the new key, and the old one is believed up to then', () => {
    const rotated = audit(['keygen', key, '--rotate']);
    expect(rotated.status).toBe(0);
    const again = makeTrail({ directory: directory.path, random: randomOf(4), key, runs: 1, ends: true });
    const { status, stdout } = audit(['verify', ...again.files, '-k', `${key}.vkey`, '--json']);
    const report = JSON.parse(stdout);
    expect([status, report.findings.filter(({ severity }: { severity: string }) => severity === 'fault')]).toEqual([0, []]);
    expect(report.keys).toHaveLength(2);
    expect(audit(['verify', ...again.files, '-k', `${key}.rotation`]).status).toBe(0);
  });
});
