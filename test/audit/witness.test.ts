/**
 * Witnesses: what they cosign, what they refuse, and what that proves to an auditor.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CHECKPOINTS_SUFFIX, notesIn } from '../../src/audit/run-tree/checkpoint-file.ts';
import { formatRunCheckpoint, parseRunCheckpoint } from '../../src/audit/run-tree/run-checkpoint.ts';
import { parseSigningKey } from '../../src/audit/run-tree/signing-key.ts';
import { Frontier } from '../../src/audit/tree/frontier.ts';
import { leafHash } from '../../src/audit/tree/hash.ts';
import { checkNote, parseNote, parseVerifierKey, type SignerKey, signNote } from '../../src/audit/tree/note.ts';
import { consistencyProof } from '../../src/audit/tree/proof.ts';
import { LeafRange, proofFrom } from '../../src/audit/tree/range.ts';
import { rotationNote } from '../../src/audit/verify/key-ring.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { COSIGNATURES_SUFFIX } from '../../src/audit/witness/cosignatures-file.ts';
import { formatRequest, parseRequest } from '../../src/audit/witness/request.ts';
import { serveWitness } from '../../src/audit/witness/server.ts';
import { WitnessState } from '../../src/audit/witness/state.ts';
import { storedProof } from '../../src/audit/witness/stored-proof.ts';
import { Witness } from '../../src/audit/witness/witness.ts';
import { createLogging } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';
import { HashedLeaves } from '../support/hashed-leaves.ts';
import { startZombie } from '../support/zombie.ts';
import { makeKey } from './clean-logs.ts';
import { makeWitnessKey } from './one-process.ts';

const NOW = 1_795_000_000;

/** A log in memory, as whoever has the key can make any. */
function tree(lines: readonly string[], signer: SignerKey, origin = 'gateway/i-1/5f1c9a02') {
  const leaves = lines.map((line) => leafHash(Buffer.from(line)));
  const noteAt = (size: number) => {
    const frontier = new Frontier();
    for (const leaf of leaves.slice(0, size)) frontier.append(leaf);
    const text = formatRunCheckpoint({
      origin,
      size,
      root: frontier.root(),
      run: 'i-1/5f1c9a02',
      number: size + 1,
      time: '2026-11-29T02:10:00.123Z',
      file: 'audit.jsonl',
      from: 0,
      why: 'second',
    });
    return signNote(text, [signer]);
  };
  const proof = (before: number, size: number) => consistencyProof(before, size, new HashedLeaves(leaves).rootOf);
  const request = (before: number, size: number) =>
    formatRequest({ oldSize: before, proof: proof(before, size), note: noteAt(size) });
  return { noteAt, proof, request };
}

function inFolder(path: string, more: Partial<ConstructorParameters<typeof Witness>[0]> & { keys: () => readonly string[] }) {
  const { signer, vkey } = makeWitnessKey('witness.example/w1');
  const state = new WitnessState(path);
  return { state, vkey, signer, witness: new Witness({ signer, state, now: () => NOW, ...more }) };
}

describe('a witness', () => {
  test('cosigns what goes on from what it has cosigned, with the time, and keeps it on disk first', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const log = tree(['a', 'b', 'c', 'd', 'e'], parseSigningKey(key.pem));
    const { witness, state, vkey } = inFolder(join(folder.path, 'state'), { keys: () => [key.vkey] });
    for (const [before, size] of [
      [0, 2],
      [2, 3],
      [3, 3],
      [3, 5],
    ] as const) {
      const { status, body } = await witness.add(log.request(before, size));
      expect([before, size, status]).toEqual([before, size, 200]);
      const note = parseNote(log.noteAt(size) + body);
      expect(checkNote(note, parseVerifierKey(vkey))).toBe('good');
      expect(note.signatures[1]!.bytes.readBigUInt64BE()).toBe(BigInt(NOW));
      const kept = parseNote((await state.last('gateway/i-1/5f1c9a02'))!);
      expect([kept.text, kept.signatures.length]).toEqual([note.text, 2]);
    }
    state.close();
  });

  test('split view: of two versions it cosigns one, whatever is claimed of the other, and keeps the other as evidence', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const signer = parseSigningKey(key.pem);
    const shown = tree(['a', 'b', 'c', 'd'], signer);
    const hidden = tree(['a', 'b', 'X', 'd', 'e'], signer);
    const refused: string[] = [];
    const { witness, state } = inFolder(join(folder.path, 'state'), {
      keys: () => [key.vkey],
      onRefused: (reason) => refused.push(reason),
    });
    expect((await witness.add(shown.request(0, 3))).status).toBe(200);
    expect(await witness.add(hidden.request(3, 3))).toMatchObject({ status: 409, body: '3\n' });
    expect((await witness.add(hidden.request(3, 5))).status).toBe(422);
    // The proof of the version that it knows, in front of the other.
    expect((await witness.add(formatRequest({ oldSize: 3, proof: shown.proof(3, 4), note: hidden.noteAt(4) }))).status).toBe(422);
    // As if it were new, or older.
    expect(await witness.add(hidden.request(0, 5))).toMatchObject({ status: 409, type: 'text/x.tlog.size', body: '3\n' });
    expect(await witness.add(hidden.request(2, 5))).toMatchObject({ status: 409, body: '3\n' });
    expect((await witness.add(shown.request(3, 4))).status).toBe(200);
    expect(refused).toHaveLength(3);
    expect(notesIn(readFileSync(join(folder.path, 'state', 'refused.checkpoints'), 'utf8'))).toHaveLength(3);
    state.close();
  });

  test('rollback: a shorter tree is refused, after a restart of the witness too', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const log = tree(['a', 'b', 'c', 'd', 'e'], parseSigningKey(key.pem));
    const first = inFolder(join(folder.path, 'state'), { keys: () => [key.vkey] });
    expect((await first.witness.add(log.request(0, 4))).status).toBe(200);
    expect((await first.witness.add(log.request(0, 2))).status).toBe(409);
    expect((await first.witness.add(formatRequest({ oldSize: 4, proof: [], note: log.noteAt(2) }))).status).toBe(400);
    expect(() => new WitnessState(join(folder.path, 'state'))).not.toThrow(); // of this same process
    first.state.close();
    const second = inFolder(join(folder.path, 'state'), { keys: () => [key.vkey] });
    expect((await second.witness.add(log.request(0, 2))).body).toBe('4\n');
    expect((await second.witness.add(log.request(2, 3))).body).toBe('4\n');
    expect((await second.witness.add(log.request(4, 5))).status).toBe(200);
    second.state.close();
  });

  test('two requests at once: the state never goes back', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const log = tree(
      Array.from({ length: 40 }, (_, i) => `line ${i}`),
      parseSigningKey(key.pem),
    );
    const { witness, state } = inFolder(join(folder.path, 'state'), { keys: () => [key.vkey] });
    expect((await witness.add(log.request(0, 5))).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => witness.add(log.request(5, 40 - i))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(parseRunCheckpoint(parseNote((await state.last('gateway/i-1/5f1c9a02'))!).text).size).toBe(40);
    state.close();
  });

  test('a key that it was not given, an unsigned note, a changed one: refused; a rotation that comes later is found', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const [foreign, next] = [makeKey(folder.path, 'foreign'), makeKey(folder.path, 'next')];
    const keys = [key.vkey];
    const { witness, state } = inFolder(join(folder.path, 'state'), { keys: () => keys });
    const own = tree(['a', 'b'], parseSigningKey(key.pem));
    expect((await witness.add(tree(['a', 'b'], parseSigningKey(foreign.pem)).request(0, 2))).status).toBe(403);
    expect((await witness.add(own.request(0, 2).replace(/\u2014.*\n/, ''))).status).toBe(403);
    expect((await witness.add(own.request(0, 2).replace('number 3', 'number 4'))).status).toBe(403);
    expect((await witness.add(own.request(0, 2))).status).toBe(200);
    const later = tree(['a', 'b', 'c'], parseSigningKey(next.pem));
    expect((await witness.add(later.request(2, 3))).status).toBe(403);
    keys.push(rotationNote(parseSigningKey(key.pem), parseSigningKey(next.pem), '2026-11-17T01:00:00.000Z'));
    expect((await witness.add(later.request(2, 3))).status).toBe(200);
    // The old key, in checkpoints that are dated back.
    const old = tree(['a', 'b', 'c', 'd'], parseSigningKey(key.pem)).request(3, 4);
    expect((await witness.add(old)).status).toBe(403);
    state.close();
  });

  test('another process that lives has the folder: the second one does not start', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'state');
    new WitnessState(path).close();
    writeFileSync(join(path, 'lock'), '1\n');
    expect(() => new WitnessState(path)).toThrow(/Process 1 has this folder/);
    writeFileSync(join(path, 'lock'), '4194999\n');
    const state = new WitnessState(path);
    expect(readFileSync(join(path, 'lock'), 'utf8')).toBe(`${process.pid}\n`);
    state.close();
    expect(existsSync(join(path, 'lock'))).toBe(false);
  });

  test('a process that has ended no longer has the folder, though its parent has not asked for its exit code', async () => {
    using folder = temporaryFolder();
    using zombie = await startZombie();
    const path = join(folder.path, 'state');
    new WitnessState(path).close();
    writeFileSync(join(path, 'lock'), `${zombie.pid}\n`);
    new WitnessState(path).close();
  });

  test('garbage is answered with 400, whatever it is', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const { witness, state } = inFolder(join(folder.path, 'state'), { keys: () => [key.vkey] });
    const good = tree(['a', 'b', 'c'], parseSigningKey(key.pem)).request(0, 3);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.tuple(fc.nat(good.length), fc.string()).map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1)),
        ),
        async (text) => {
          const { status } = await witness.add(text);
          expect([400, 403, ...(text === good ? [200] : [])]).toContain(status);
        },
      ),
      { numRuns: 300 },
    );
    expect(() => parseRequest(`old 1\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\nx`)).toThrow(/63/);
    state.close();
  });
});

test('a range of leaves and the frontier in front of it have each proof that the tree has', () => {
  fc.assert(
    fc.property(fc.nat(90), fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), (before, parts) => {
      const size = before + parts.reduce((sum, count) => sum + count, 0);
      const leaves = Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));
      const frontier = new Frontier();
      for (const leaf of leaves.slice(0, before)) frontier.append(leaf);
      const range = new LeafRange(before);
      let at = before;
      for (const count of parts) {
        const part = new LeafRange(at);
        for (const leaf of leaves.slice(at, at + count)) part.append(leaf);
        range.join(part);
        at += count;
      }
      const { rootOf } = new HashedLeaves(leaves);
      expect(proofFrom(frontier.nodes(), range)).toEqual(consistencyProof(before, size, rootOf));
      expect(() => range.join(new LeafRange(at + 1))).toThrow(RangeError);
    }),
    { numRuns: 300 },
  );
});

async function started(folder: string, name: string, vkey: string) {
  const key = makeWitnessKey(name);
  const state = new WitnessState(join(folder, `state-of-${name}`));
  const witness = new Witness({ signer: key.signer, state, keys: () => [vkey], now: () => Math.floor(Date.now() / 1_000) });
  const { url, server } = await serveWitness({
    host: '127.0.0.1',
    port: 0,
    witness,
    state,
    verifierKey: key.vkey,
    onError: () => {},
  });
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    state.close();
  };
  return { ...key, url, state, stop };
}

describe('an instance with witnesses', () => {
  test('2 of 3, one of them away: each line is cosigned by two; health says so; a trail forged with the key is told by their copies', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const [first, second, away] = await Promise.all(['w1', 'w2', 'w3'].map((name) => started(folder.path, name, key.vkey)));
    await away!.stop();
    const path = join(folder.path, 'audit.jsonl');
    const logging = createLogging({
      service: { name: 'gateway' },
      handleExits: false,
      backends: {
        audit: {
          path,
          rotation: 'none',
          signingKey: key.path,
          witnesses: [`${first!.url} ${first!.vkey}`, second!.url, `${away!.url} ${away!.vkey}`],
        },
      },
    });
    const log = logging.getLogger('orders');
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 7 * round + 1; i++) log.audit('placed', { i });
      await logging.flush();
    }
    await expect.poll(() => logging.health().audit.tree?.cosigned, { timeout: 20_000 }).toBe(75);
    expect(logging.health().audit.tree?.witnesses?.map(({ lines }) => lines)).toEqual([75, 75, 0]);
    expect(logging.health().warnings.join('\n')).toContain(`The witness ${away!.url} cannot be reached`);
    log.audit('last', {});
    expect(await logging.shutdown()).toMatchObject({ complete: true });

    const witnesses = [first, second, away].map((each) => each!.vkey);
    const report = await verifyTrail({ files: [path], keys: [key.vkey], witnesses });
    expect([report.ok, report.quorum, report.runs[0]]).toMatchObject([
      true,
      2,
      { lines: 76, proven: 76, provenElsewhere: 76, cosigned: 76 },
    ]);
    expect(report.findings).toEqual([]);
    const three = await verifyTrail({ files: [path], keys: [key.vkey], witnesses, quorum: 3 });
    expect(three.findings.map(({ code }) => code)).toEqual(['NOT_COSIGNED']);
    // Without their keys what stands beside the file is worth no more than the rest of it.
    expect((await verifyTrail({ files: [path], keys: [key.vkey] })).runs[0]).toMatchObject({
      provenElsewhere: 0,
      cosigned: undefined,
    });

    // Whoever has the key makes another trail, with every file on this host as it should be.
    const copies = await (await fetch(`${first!.url}/checkpoints`)).text();
    const elsewhere = join(folder.path, 'witness.checkpoints');
    writeFileSync(elsewhere, copies);
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line, i) => (i === 10 ? line.replace('"i":', '"i":9') : line));
    const notes = notesIn(readFileSync(path + CHECKPOINTS_SUFFIX, 'utf8')).map(({ note }) =>
      parseRunCheckpoint(parseNote(note).text),
    );
    const forged = notes.map((checkpoint) => {
      const tree = new Frontier();
      for (const line of lines.slice(0, checkpoint.size)) tree.append(leafHash(Buffer.from(line)));
      const opening = checkpoint.frontier === undefined ? {} : { frontier: tree };
      return signNote(formatRunCheckpoint({ ...checkpoint, root: tree.root(), ...opening }), [parseSigningKey(key.pem)]);
    });
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    writeFileSync(path + CHECKPOINTS_SUFFIX, forged.map((note) => `\n${note}`).join(''));
    rmSync(path + COSIGNATURES_SUFFIX);
    expect((await verifyTrail({ files: [path], keys: [key.vkey] })).ok).toBe(true);
    const told = await verifyTrail({ files: [path], keys: [key.vkey], witnesses, checkpoints: [elsewhere] });
    expect([told.ok, told.findings[0]?.code]).toEqual([false, 'FORK']);
    const cutOff = await verifyTrail({ files: [path], keys: [key.vkey], witnesses });
    expect([cutOff.ok, cutOff.findings.map(({ code }) => code)]).toEqual([false, ['NOT_COSIGNED']]);
    // The witness itself refuses it.
    const root = forged.at(-1)!;
    const asked = await fetch(`${first!.url}/add-checkpoint`, {
      method: 'POST',
      body: formatRequest({ oldSize: 76, proof: [], note: root }),
    });
    expect(asked.status).toBe(409);
    await first!.stop();
    await second!.stop();
  });

  test('a worker that dies: its successor proves to the witness from the files what it has not seen itself', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const witness = await started(folder.path, 'w1', key.vkey);
    const path = join(folder.path, 'audit.jsonl');
    const workers: Worker[] = [];
    const onWorker = (worker: Worker) => void workers.push(worker);
    process.on('worker', onWorker);
    onTestFinished(() => void process.off('worker', onWorker));
    const logging = createLogging({
      service: { name: 'gateway', instanceId: 'i-1' },
      handleExits: false,
      backends: { audit: { path, rotation: 'none', signingKey: key.path, witnesses: [`${witness.url} ${witness.vkey}`] } },
    });
    const log = logging.getLogger('orders');
    for (let i = 0; i < 37; i++) log.audit('placed', { i });
    await logging.flush();
    await expect.poll(() => logging.health().audit.tree?.cosigned, { timeout: 20_000 }).toBe(37);
    const { origin, run } = parseRunCheckpoint(parseNote(notesIn(readFileSync(path + CHECKPOINTS_SUFFIX, 'utf8'))[0]!.note).text);
    const leaves = readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => leafHash(Buffer.from(line)));
    const { rootOf } = new HashedLeaves(leaves);
    for (const before of [1, 5, 32, 36, 37])
      expect(await storedProof({ path, origin, run }, before, 37)).toEqual(consistencyProof(before, 37, rootOf));
    expect(await storedProof({ path, origin, run }, 5, 38)).toBeUndefined();

    await workers.at(-1)!.terminate();
    await expect.poll(() => logging.health().worker, { timeout: 20_000 }).toMatchObject({ restarts: 1, state: 'running' });
    for (let i = 37; i < 90; i++) log.audit('placed', { i });
    await logging.flush();
    await expect.poll(() => logging.health().audit.tree?.cosigned, { timeout: 20_000 }).toBe(90);
    await logging.shutdown();
    const report = await verifyTrail({ files: [path], keys: [key.vkey], witnesses: [witness.vkey] });
    expect([report.ok, report.runs[0]?.cosigned]).toEqual([true, report.runs[0]?.lines]);
    await witness.stop();
  });

  test.each([
    ['too few', 1],
    ['none', 0],
  ])(
    'a quorum of the code, and %s in the variable: what there are is asked, and no line counts as cosigned, in health and metrics',
    async (_, count) => {
      using folder = temporaryFolder();
      const key = makeKey(folder.path, 'gateway');
      const witness = await started(folder.path, 'w1', key.vkey);
      vi.stubEnv('HFT_AUDIT_WITNESSES', count === 0 ? '' : `${witness.url} ${witness.vkey}`);
      onTestFinished(() => void vi.unstubAllEnvs());
      const logging = createLogging({
        handleExits: false,
        diagnosticLevel: 'none',
        backends: { audit: { path: join(folder.path, 'audit.jsonl'), signingKey: key.path, witnessQuorum: 2 } },
      });
      for (let i = 0; i < 3; i++) logging.getLogger('orders').audit('placed', { i });
      await logging.flush();
      const tree = () => logging.health().audit.tree;
      await expect
        .poll(() => tree()?.witnesses?.map(({ lines }) => lines), { timeout: 20_000 })
        .toEqual(count === 0 ? [] : [tree()!.lines]);
      expect(tree()?.cosigned).toBe(0);
      const { metrics } = await logging.metricsSnapshot();
      const { series } = metrics.find(({ name }) => name === 'hft.audit.tree.cosigned_lines') ?? {};
      expect(series?.map(({ value }) => value)).toEqual([0]);
      expect(logging.health().warnings.join()).toContain('no line counts as cosigned');
      await logging.shutdown();
      await witness.stop();
    },
  );

  test('control characters of its answer reach no terminal', async () => {
    using folder = temporaryFolder();
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(500).end('no\u001b[2J \u0007\u009b1Aroom\u202e\nat all');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const logging = createLogging({
      handleExits: false,
      diagnosticLevel: 'none',
      backends: {
        audit: {
          path: join(folder.path, 'audit.jsonl'),
          signingKey: makeKey(folder.path, 'gateway').path,
          witnesses: [`http://127.0.0.1:${port} ${makeWitnessKey('w1').vkey}`],
        },
      },
    });
    logging.getLogger('orders').audit('placed', {});
    await logging.flush();
    const told = () => logging.health().warnings.join('\n');
    await expect.poll(told, { timeout: 20_000 }).toContain('refuses checkpoints');
    expect(told()).toContain('it answers 500 no [2J 1Aroom at all');
    await logging.shutdown();
    server.close();
  });

  test('what a witness answers is checked: another key, no signature, an endless answer are no cosignatures', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const expected = makeWitnessKey('w1');
    const answers = ['', 'nonsense\n', `\u2014 w1 ${Buffer.alloc(76).toString('base64')}\n`, 'x'.repeat(100_000)];
    const server = createServer((request, response) => {
      request.resume();
      response.end(answers.shift() ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const path = join(folder.path, 'audit.jsonl');
    const logging = createLogging({
      service: { name: 'gateway' },
      handleExits: false,
      backends: {
        audit: { path, rotation: 'none', signingKey: key.path, witnesses: [`http://127.0.0.1:${port} ${expected.vkey}`] },
      },
    });
    logging.getLogger('orders').audit('placed', {});
    await logging.flush();
    await expect.poll(() => logging.health().warnings.join('\n'), { timeout: 10_000 }).toContain('refuses checkpoints');
    expect(logging.health().audit.tree?.cosigned).toBe(0);
    await logging.shutdown();
    expect(existsSync(path + COSIGNATURES_SUFFIX)).toBe(false);
    server.close();
    expect(readdirSync(folder.path).some((name) => name.endsWith('.cosignatures'))).toBe(false);
  });
});
