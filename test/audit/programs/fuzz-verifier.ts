/** Gives the verifier files of garbage for so many seconds, and prints how many, the longest that one took, and the most memory. Whatever it throws ends the program. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CHECKPOINTS_SUFFIX } from '../../../src/audit/run-tree/checkpoint-file.ts';
import { verifyTrail } from '../../../src/audit/verify/verify.ts';
import { pick, randomOf } from '../../support/random.ts';
import { filesIn } from '../clean-logs.ts';

const [directory = '', vkey = '', seconds = '', seed = ''] = process.argv.slice(2);
const random = randomOf(Number(seed));
const files = filesIn(directory);
const last = [...files].sort().at(-1)!;
const whole = readFileSync(last);
const checkpoints = readFileSync(last + CHECKPOINTS_SUFFIX);
const foreign = `${directory}/foreign`;

const mutations: ((bytes: Buffer) => Buffer)[] = [
  (bytes) => bytes.subarray(pick(random, bytes.length), pick(random, bytes.length)),
  (bytes) => Buffer.concat([bytes.subarray(pick(random, bytes.length)), bytes.subarray(0, pick(random, bytes.length))]),
  (bytes) => Buffer.from(bytes.map((byte) => (random() < 0.01 ? pick(random, 256) : byte))),
  () => Buffer.from(Array.from({ length: 1 + pick(random, 5_000) }, () => pick(random, 256))),
  (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', random() < 0.5 ? '' : '\n\n'), 'latin1'),
  (bytes) =>
    Buffer.from(
      bytes.toString('latin1').replace(/"audit_seq":\d+/g, () => `"audit_seq":${pick(random, 2 ** 31)}`),
      'latin1',
    ),
  (bytes) =>
    Buffer.from(
      bytes.toString('latin1').replace(/"run":"[^"]*"/g, () => `"run":"${pick(random, 1e6)}`),
      'latin1',
    ),
  (bytes) => Buffer.from(bytes.toString().replace(/^\d+$/gm, () => `${random() < 0.5 ? 9007199254740991 : pick(random, 1e9)}`)),
  (bytes) => gzipSync(bytes).subarray(0, 20 + pick(random, 400)),
  (bytes) => Buffer.concat([bytes, Buffer.alloc(1 + pick(random, 100_000), pick(random, 256))]),
];

const until = performance.now() + Number(seconds) * 1_000;
let rounds = 0;
let slowestMillis = 0;
for (; performance.now() < until; rounds++) {
  const mutate = () => mutations[pick(random, mutations.length)]!;
  writeFileSync(last, random() < 0.7 ? mutate()(whole) : whole);
  writeFileSync(last + CHECKPOINTS_SUFFIX, random() < 0.6 ? mutate()(checkpoints) : checkpoints);
  copyFileSync(last + CHECKPOINTS_SUFFIX, foreign);
  if (random() < 0.5) writeFileSync(foreign, JSON.stringify({ a: [mutate()(checkpoints).toString()] }));
  const started = performance.now();
  try {
    const { findings } = await verifyTrail({ files, keys: [vkey], checkpoints: [foreign] });
    if (findings.length > 1_000) throw new RangeError(`${findings.length} findings are kept`);
  } catch (error) {
    // What is no gzip cannot be read: said as such, and not verified.
    if (!/^(?:Z_|ERR_)/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  slowestMillis = Math.max(slowestMillis, performance.now() - started);
}
const maxRssMiB = Math.round(process.resourceUsage().maxRSS / 1_024);
process.stdout.write(`${JSON.stringify({ rounds, slowestMillis: Math.round(slowestMillis), maxRssMiB })}\n`);
